// Enhancement only: a usual reason or question writes its text, which may be changed before it is sent.
"use strict";

document.addEventListener("change", (event) => {
  const chosen = event.target;
  if (!("text" in chosen.dataset)) return;
  const area = chosen.form.querySelector(`[data-canned="${chosen.name}"]`);
  if (!area) return;
  // What somebody typed himself stays; only a text written by an earlier choice makes room for the next.
  if (!area.value.trim() || area.value === area.dataset.filled) area.value = area.dataset.filled = chosen.dataset.text;
  const box = chosen.closest("details");
  if (!box) return;
  box.open = true;
  box.scrollIntoView({ block: "center" });
});

// The text that was sent back with an error is somebody's own.
for (const area of document.querySelectorAll("[data-canned]")) area.dataset.filled = "";
