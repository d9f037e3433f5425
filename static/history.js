// The crosshair of the charts of a history: the values of a point are read from the table below, by pointing at a chart or with the
// keys of a slider. It stays at its moment when the page is refreshed. Without this file the table has the values.
(() => {
  "use strict";
  const EVERY = 60_000;
  let [charts, rows, marks] = [[], [], []];
  let [from, step] = [0, 1];
  let [at, latest, last, isPointed] = [0, 0, 0, false];
  let refreshed = Date.now();
  const prepared = new WeakSet();

  const known = (row) => row.cells.length > 2;
  const output = (chart) => chart.parentElement.querySelector("output");
  const value = (row, column) => (known(row) ? row.cells[column].textContent : "–");
  const note = (row, pointed) => {
    const source = row.cells[row.cells.length - 1].textContent;
    const words = (pointed && marks[at]?.map((mark) => `mark ${mark}`)) || [];
    return [source === "recorded" ? "" : source, ...words].filter(Boolean).join("; ");
  };
  const show = (point, pointed) => {
    at = Math.min(Math.max(point, 0), last);
    isPointed = pointed;
    const row = rows[at];
    const x = `${(((at + 0.5) / rows.length) * 100).toFixed(2)}%`;
    for (const chart of charts) {
      const cross = chart.querySelector(".cross");
      for (const end of ["x1", "x2"]) cross.setAttribute(end, x);
      cross.toggleAttribute("hidden", !pointed);
      const told = output(chart);
      told.querySelector("[data-at]").textContent = row.cells[0].textContent;
      for (const cell of told.querySelectorAll("[data-column]")) cell.textContent = value(row, cell.dataset.column);
      told.querySelector("[data-note]").textContent = note(row, pointed);
      chart.setAttribute("aria-valuenow", at);
      chart.setAttribute("aria-valuetext", row.cells[0].textContent);
    }
  };
  const focused = () => charts.includes(document.activeElement);
  const nextMark = (step) => {
    for (let point = at + step; point >= 0 && point <= last; point += step) if (marks[point]) return point;
    return at;
  };
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = {
      ArrowLeft: () => at - 1,
      ArrowDown: () => at - 1,
      ArrowRight: () => at + 1,
      ArrowUp: () => at + 1,
      Home: () => 0,
      End: () => last,
      PageUp: () => nextMark(-1),
      PageDown: () => nextMark(1),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    show(to(), true);
  };
  const onPoint = (event) => {
    const box = event.currentTarget.querySelector("svg").getBoundingClientRect();
    show(Math.floor(((event.clientX - box.left) / box.width) * rows.length), true);
  };
  const prepare = (chart) => {
    const slider = { role: "slider", tabindex: "0", "aria-label": `${chart.dataset.chart}, point by point`, "aria-valuemin": 0, "aria-valuemax": last };
    for (const [name, value] of Object.entries(slider)) chart.setAttribute(name, value);
    if (prepared.has(chart)) return;
    prepared.add(chart);
    chart.addEventListener("keydown", onKey);
    chart.addEventListener("pointermove", onPoint);
    chart.addEventListener("pointerdown", onPoint);
    chart.addEventListener("pointerleave", () => show(focused() ? at : latest, focused()));
    // Only the chart at hand is read out.
    chart.addEventListener("focus", () => {
      output(chart).setAttribute("aria-live", "polite");
      show(at, true);
    });
    chart.addEventListener("blur", () => {
      output(chart).setAttribute("aria-live", "off");
      show(latest, false);
    });
  };

  // Reads the page, and returns whether it has charts.
  const read = () => {
    charts = [...document.querySelectorAll("[data-chart]")];
    [rows, marks] = [[], []];
    for (const row of document.querySelectorAll("#points tbody tr")) {
      const [first, end = first] = row.dataset.points.split("-").map(Number);
      for (let point = first; point <= end; point++) rows[point] = row;
    }
    for (const row of document.querySelectorAll("#marks tbody tr")) {
      const number = row.id.replace("mark-", "");
      (marks[Number(row.dataset.point)] ??= []).push(`${number}: ${row.querySelector("[data-words]").textContent}`);
    }
    if (!charts.length || !rows.length) return false;
    const frame = document.getElementById("charts").dataset;
    [from, step] = [Number(frame.from), Number(frame.step)];
    last = rows.length - 1;
    latest = Math.max(0, rows.findLastIndex(known));
    charts.forEach(prepare);
    return true;
  };
  const onRefreshed = () => {
    refreshed = Date.now();
    const [moment, wasLatest] = [from + at * step, at === latest && !isPointed];
    if (read()) show(wasLatest ? latest : Math.round((moment - from) / step), isPointed);
  };

  const isHistory = (event) => event.target.id === "history";
  const selecting = () => {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && document.getElementById("main").contains(selection.anchorNode);
  };
  // Nothing moves while text is selected, and a hidden page asks for nothing.
  document.addEventListener("htmx:before:request", (event) => {
    if (isHistory(event) && (document.hidden || selecting())) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    const isDue = !document.hidden && Date.now() - refreshed > EVERY;
    if (isDue) document.getElementById("history").dispatchEvent(new CustomEvent("shown"));
  });
  // What this file sets is not in what the server sends: a chart without its tabindex would lose the focus.
  globalThis.htmx?.config.morphIgnore.push("tabindex", "role", "aria-");
  document.addEventListener("htmx:after:swap", (event) => isHistory(event) && onRefreshed());
  if (read()) show(latest, false);
})();
