"use strict";
// Sections to jump to.
const nav = document.querySelector("nav");
for (const heading of document.querySelectorAll("main h2[id]")) {
  const link = document.createElement("a");
  link.href = "#" + heading.id;
  link.textContent = heading.textContent.split(":")[0];
  nav.append(link);
}

// Tables scroll on narrow screens, and are sorted by a click on a head.
function valueOf(row, column) {
  const text = row.cells[column].querySelector("annotation")?.textContent ?? row.cells[column].textContent;
  const [, mantissa, exponent] = text.match(/(-?[\d.]+)(?:\([\d]+\))?(?: *\\times 10\^\{(-?\d+)\})?/) ?? [];
  if (/\\infty/.test(text)) return text.includes("-") ? -Infinity : Infinity;
  return mantissa === undefined ? NaN : Number(mantissa) * 10 ** Number(exponent ?? 0);
}

function sort(table, column, head) {
  const rising = head.getAttribute("aria-sort") !== "ascending";
  const rows = [...table.tBodies[0].rows];
  const numbers = rows.every((row) => !Number.isNaN(valueOf(row, column)));
  const text = (row) => row.cells[column].textContent;
  rows.sort((a, b) => (numbers ? valueOf(a, column) - valueOf(b, column) || 0 : text(a).localeCompare(text(b))));
  for (const other of table.tHead.rows[0].cells) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  table.tBodies[0].append(...(rising ? rows : rows.reverse()));
}

for (const table of document.querySelectorAll("main table")) {
  if (!table.tHead || !table.tBodies.length) continue;
  const frame = document.createElement("div");
  frame.className = "scroll";
  table.before(frame);
  frame.append(table);
  if (table.tBodies[0].rows.length < 3) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.append(...head.childNodes);
    button.title = "Sort";
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(table, column, head));
  });
}

// Code to the clipboard.
for (const part of document.querySelectorAll(".export")) {
  const button = document.createElement("button");
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(part.querySelector("code").textContent);
      button.textContent = "Copied";
    } catch {
      part.open = true;
      getSelection().selectAllChildren(part.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  part.append(button);
}
