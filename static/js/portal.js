// Enhancement only: every page works without this file.
"use strict";

// The error summary takes focus; so does a message that answers the last act.
addEventListener("DOMContentLoaded", () => document.querySelector("[data-focus]")?.focus());

// A second click is held back while the first is on its way; Back brings the buttons to life again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  const button = event.submitter;
  setTimeout(() => {
    if (event.defaultPrevented) return;
    form.dataset.sent = "yes";
    if (!button?.classList.contains("btn")) return;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busy) {
      const words = button.querySelector("span");
      button.style.minWidth = `${button.offsetWidth}px`;
      setTimeout(() => {
        if (!form.dataset.sent) return;
        button.dataset.words = words.textContent;
        words.textContent = button.dataset.busy;
      }, 1000);
    }
  });
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".btn[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
      if (button.dataset.words) button.querySelector("span").textContent = button.dataset.words;
    }
  }
});

// Keys of the staff pages: the letter is written on the button it presses. Silent while typing or when switched off;
// the switch stands under the list of keys and is remembered by this browser.
const body = document.body.dataset;
const showKeys = () => {
  for (const button of document.querySelectorAll(".keys-switch")) button.textContent = body.keys === "off" ? body.keysStart : body.keysStop;
};
try { body.keys = localStorage.getItem("keys") ?? "on"; } catch { body.keys = "on"; }
for (const list of body.keysStop ? document.querySelectorAll("[data-keys-help]") : []) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-secondary keys-switch" });
  button.addEventListener("click", () => {
    body.keys = body.keys === "off" ? "on" : "off";
    try { localStorage.setItem("keys", body.keys); } catch { /* a browser that keeps nothing forgets it with the page */ }
    showKeys();
  });
  list.append(button);
}
showKeys();
const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (body.keys === "off" || typing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search], #searchbar");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
    return;
  }
  if (event.key === "?") {
    const help = document.querySelector("[data-keys-help]");
    if (help) { help.open = !help.open; help.querySelector("summary").focus(); }
    return;
  }
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (button) { event.preventDefault(); button.click(); }
});

// The scan under review: zoom and turn; both panes keep the same zoom and scroll together.
const view = { zoom: 1, turn: 0 };
const draw = () => {
  for (const sheet of document.querySelectorAll("[data-sheet]")) sheet.style.setProperty("--zoom", view.zoom);
  document.querySelector("[data-sheet]")?.style.setProperty("--turn", `${view.turn}deg`);
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom], [data-turn]");
  if (!button) return;
  if ("turn" in button.dataset) view.turn = (view.turn + 90) % 360;
  else view.zoom = button.dataset.zoom === "0" ? 1 : Math.min(4, Math.max(0.5, view.zoom * (button.dataset.zoom === "+" ? 1.25 : 0.8)));
  draw();
});
document.addEventListener("scroll", (event) => {
  const from = event.target;
  if (!from.classList?.contains("pane-view") || !from.matches(":hover, :focus")) return;
  for (const to of document.querySelectorAll(".pane-view")) if (to !== from) to.scrollTo(from.scrollLeft, from.scrollTop);
}, true);

// The undo strip counts down; the server holds the real term.
for (const strip of document.querySelectorAll("[data-undo]")) {
  let left = Number(strip.dataset.undo);
  const shown = strip.querySelector(".undo-left");
  const beat = setInterval(() => {
    left -= 1;
    shown.textContent = `${left} s`;
    if (left <= 0) { clearInterval(beat); strip.remove(); }
  }, 1000);
}
