// Enter and the arrows lead from row to row; a column pasted from a spreadsheet fills the rows from there on.
// The form is sent by its button, or with Ctrl+Enter.
const fields = [...document.querySelectorAll("[data-next]")];
const byNumber = new Map(fields.map((field) => [field.dataset.next, field]));

/** The field a pasted line belongs to: by its matriculation number, else the next one down. */
function fieldOf(cells, place) {
  if (cells.length === 1) return fields[place];
  return byNumber.get(cells.map((cell) => cell.trim()).find((cell) => byNumber.has(cell)));
}

for (const [place, field] of fields.entries()) {
  field.addEventListener("focus", () => field.select());
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
      return;
    }
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey) return;
    const next = fields[place + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  field.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").replace(/[\r\n]+$/, "").split(/\r?\n/);
    const rows = lines.map((line) => line.split("\t"));
    if (rows.length === 1 && rows[0].length === 1) return;
    event.preventDefault();
    let last;
    let lost = 0;
    for (const [offset, cells] of rows.entries()) {
      const target = fieldOf(cells, place + offset);
      if (!target) {
        lost += 1;
        continue;
      }
      target.value = cells.at(-1).trim().slice(0, target.maxLength);
      last = target;
    }
    last?.focus();
    const status = document.getElementById("pasted");
    if (status) status.textContent = lost ? `${status.dataset.lost} ${lost}` : "";
  });
}
