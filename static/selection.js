// Selecting rows of a list: a range with Shift, all rows of the page, and the bar that says how many are selected. Without this
// file the boxes and the bar's form work as they are. What is at hand with j and k is selected with x: see app.js.
(() => {
  "use strict";
  let last = null;
  const form = () => document.getElementById("selection");
  const boxes = () => [...document.querySelectorAll("input[data-pick]")];
  const everyRow = () => document.querySelector("[data-pick-all]");
  const all = () => form()?.querySelector("[name=all]");
  const count = () => boxes().filter((box) => box.checked).length;
  // How many the form takes.
  const most = () => Number(form()?.dataset.most ?? Infinity);

  const show = () => {
    if (!form()) return;
    const [selected, of] = [count(), boxes().length];
    form().classList.toggle("any", selected > 0);
    if (all()) {
      // What is not offered is not sent.
      all().parentElement.hidden = selected < of;
      if (selected < of) all().checked = false;
    }
    const text = all()?.checked ? all().dataset.words : `${selected}`;
    document.getElementById("selected-count").textContent = `${text} selected`;
    const whole = Math.min(of, most());
    everyRow().checked = selected > 0 && selected === whole;
    everyRow().indeterminate = selected > 0 && selected !== whole;
    for (const button of form().querySelectorAll("button[name]")) button.disabled = selected > most();
    // Live figures wait while rows are selected: see app.js.
    document.dispatchEvent(new Event("selectionchange"));
  };
  // Shift selects, or clears, all rows from the one that was clicked last.
  const onClick = (event) => {
    const box = event.target.closest?.("input[data-pick]");
    if (!box) return;
    const rows = boxes();
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const one of rows.slice(from, to + 1)) one.checked = box.checked;
    last = box;
    show();
  };
  const onChange = (event) => {
    if (event.target === everyRow()) boxes().forEach((box, at) => (box.checked = everyRow().checked && at < most()));
    if (event.target === everyRow() || event.target === all()) show();
  };
  const onClear = (event) => {
    if (!event.target.closest?.("[data-clear]")) return;
    for (const box of boxes()) box.checked = false;
    last = null;
    show();
    everyRow().focus();
  };
  // Shift would select text as well.
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest?.(".pick")) event.preventDefault();
  });
  document.addEventListener("click", onClick);
  document.addEventListener("click", onClear);
  document.addEventListener("change", onChange);
  // A page that comes back by the browser's history has its boxes as they were.
  window.addEventListener("pageshow", show);
  document.addEventListener("DOMContentLoaded", show);
})();
