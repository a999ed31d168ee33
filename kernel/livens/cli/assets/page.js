// The page of a record. What comes from the record is put into text nodes and attributes of our
// own only, so it is never markup; nothing is fetched, and the page's policy would forbid it.
const record = JSON.parse(document.getElementById("record").textContent);
const SPARE_ROWS = 10;
const MAX_PLOTS = 60;

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  if (text !== "") made.textContent = text;
  if (className) made.className = className;
  return made;
}

function cell(text, className = "") {
  const made = element("td", text, className);
  made.title = text;
  return made;
}

function table(columns) {
  const made = element("table");
  const head = made.createTHead().insertRow();
  for (const [label, width, className] of columns) {
    const th = element("th", label, className || "");
    th.scope = "col";
    if (width) th.style.width = width;
    head.append(th);
  }
  made.append(element("tbody"));
  return made;
}

const seconds = (value) => (value === null ? "" : `${value.toFixed(value < 10 ? 2 : 1)} s`);
const number = (value) =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
const place = (count, line) =>
  (count === null ? "" : `[${count}]`) + (line === null ? "" : ` line ${line}`);

// -- cells ---------------------------------------------------------------------------------

function showCells(query) {
  const longest = Math.max(1e-9, ...record.cells.map((item) => item.seconds ?? 0));
  const parts = record.cells
    .filter((item) => !query || matchesCell(item, query))
    .map((item) => showCell(item, longest, query));
  document.getElementById("cells").replaceChildren(...parts);
}

function matchesCell(item, query) {
  return (
    item.source.toLowerCase().includes(query) ||
    item.changed.some((change) => change.name.toLowerCase().includes(query))
  );
}

function showCell(item, longest, query) {
  const details = element("details");
  const summary = element("summary");
  const bar = element("span", "", "bar");
  bar.style.width = `${(100 * (item.seconds ?? 0)) / longest}%`;
  summary.append(
    element("span", `[${item.number}]`, "dim"),
    element("span", item.status, item.status === "ok" ? "good" : "bad"),
    element("span", seconds(item.seconds), "dim"),
    element("code", item.first_line),
    bar,
  );
  details.append(summary);
  let isFilled = false;
  const fill = () => {
    if (isFilled) return;
    isFilled = true;
    details.append(inside(item));
  };
  details.addEventListener("toggle", fill);
  if (item.error || (query && record.cells.length > 1)) {
    fill();
    details.open = true;
  }
  return details;
}

/** The whole cell, with the numbers of its lines. */
function source(item) {
  const code = element("pre", "", "source");
  const lines = item.source.split("\n");
  code.append(element("span", lines.map((_, index) => index + 1).join("\n"), "dim numbers"));
  code.append(element("code", item.source));
  code.tabIndex = 0;
  code.setAttribute("aria-label", `Cell ${item.number}`);
  const box = element("div");
  box.append(code);
  if (item.cut) box.append(element("p", `The record has only the first ${item.source.length} characters of this cell.`, "dim"));
  return box;
}

function inside(item) {
  const box = element("div");
  box.append(source(item));
  if (item.error) box.append(element("pre", item.error));
  if (item.changed.length === 0) {
    box.append(element("p", "It changed no variable.", "dim"));
    return box;
  }
  const made = table([["name", "22%"], ["type", "14%"], ["at the end"], ["lines", "12%"], ["times", "5rem", "number"]]);
  for (const change of item.changed) {
    const row = made.tBodies[0].insertRow();
    row.append(
      cell(change.name, "name"),
      cell(change.type, "dim"),
      change.removed ? cell("removed", "dim") : cell(change.preview, "value"),
      cell(change.lines.join(", "), "dim"),
      cell(String(change.count || ""), "number dim"),
    );
  }
  box.append(made);
  if (item.more) box.append(element("p", `and ${item.more} more`, "dim"));
  return box;
}

// -- plots: see plots.js -------------------------------------------------------------------

function showPlots(query) {
  const all = record.series.filter((series) => !query || series.name.toLowerCase().includes(query));
  document.getElementById("plots").replaceChildren(...all.slice(0, MAX_PLOTS).map(plot));
  const more = all.length - MAX_PLOTS;
  document.getElementById("more-plots").textContent =
    all.length === 0 ? "No number changed more than once." : more > 0 ? `and ${more} more: search for them` : "";
}

// -- changes: only the rows that can be seen are in the page -------------------------------

let shown = record.changes;
let rowPx = 27; // until a row was measured
const box = document.getElementById("changes");
const rows = table([["time", "6rem", "number"], ["cell", "8rem"], ["name", "20%"], ["type", "14%"], ["value"]]);
const above = element("div");
const below = element("div");
box.append(above, rows, below);

function showChanges(query) {
  shown = !query
    ? record.changes
    : record.changes.filter((change) => change[1].toLowerCase().includes(query) || (change[5] ?? "").toLowerCase().includes(query));
  document.getElementById("count").textContent = `${shown.length} of ${record.changes.length}`;
  box.scrollTop = 0;
  paintRows();
}

function paintRows() {
  const start = Math.max(0, Math.floor(box.scrollTop / rowPx) - SPARE_ROWS);
  const end = Math.min(shown.length, start + Math.ceil(box.clientHeight / rowPx) + 2 * SPARE_ROWS);
  const body = element("tbody");
  for (const [at, name, count, line, type, preview] of shown.slice(start, end)) {
    const row = body.insertRow();
    row.append(
      cell(seconds(at), "number dim"),
      cell(place(count, line), "dim"),
      cell(name, "name"),
      cell(type ?? "", "dim"),
      preview === null ? cell("removed", "dim") : cell(preview, "value"),
    );
  }
  rows.tBodies[0].replaceWith(body);
  if (body.rows.length > 0) rowPx = body.rows[0].getBoundingClientRect().height || rowPx;
  above.style.height = `${start * rowPx}px`;
  below.style.height = `${(shown.length - end) * rowPx}px`;
}

let isPainting = false;
box.addEventListener("scroll", () => {
  if (isPainting) return;
  isPainting = true;
  requestAnimationFrame(() => {
    isPainting = false;
    paintRows();
  });
});

// -- the rest ------------------------------------------------------------------------------

function showHead() {
  document.title = record.title;
  document.getElementById("title").textContent = record.title;
  document.getElementById("headline").textContent = record.headline;
  const notes = document.getElementById("notes");
  for (const note of record.notes) notes.append(element("p", note, "bad"));
  for (const note of record.met) notes.append(element("p", note));
}

function showFinal(query) {
  const made = table([["name", "22%"], ["type", "14%"], ["value"], ["size", "14%"], ["changed", "9rem"]]);
  for (const variable of record.final) {
    if (query && !variable.name.toLowerCase().includes(query)) continue;
    const row = made.tBodies[0].insertRow();
    row.append(
      cell(variable.name, "name"),
      cell(variable.type, "dim"),
      cell(variable.preview, "value"),
      cell(variable.size, "dim"),
      cell(variable.changed, "dim"),
    );
  }
  document.getElementById("final").replaceChildren(made);
}

function showAll() {
  const query = document.getElementById("search").value.trim().toLowerCase();
  showCells(query);
  showPlots(query);
  showFinal(query);
  showChanges(query);
}

let waiting = 0;
document.getElementById("search").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(showAll, 80);
});
new ResizeObserver(paintRows).observe(box);
showHead();
showAll();
