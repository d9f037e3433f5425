// The box that finds anything, as a combobox with a list box. htmx fetches the answers; without this file Enter opens them as
// a page. It is loaded when the box is used for the first time.
(() => {
  "use strict";
  const box = document.querySelector("[data-find]");
  const popup = document.getElementById("find-popup");
  const announce = document.getElementById("announce");
  const options = () => [...popup.querySelectorAll("[role=option]")];
  const chosen = () => popup.querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };
  const show = (is) => {
    popup.hidden = !is;
    box.setAttribute("aria-expanded", String(is && options().length > 0));
    if (!is) choose(null);
  };
  // Past either end comes the box itself, and then the other end.
  const step = (by) => {
    const all = [null, ...options()];
    choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  };
  const onAnswers = () => {
    choose(null);
    const told = popup.querySelector("[data-said]");
    show(Boolean(told) && box.value.trim() !== "" && document.activeElement === box);
    if (told && !popup.hidden) announce.textContent = told.dataset.said;
  };
  const onKey = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && popup.childElementCount && box.value.trim()) {
      show(true);
      step(by);
      event.preventDefault();
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      chosen().click();
    } else if (event.key === "Escape") {
      // The first closes the list, the second empties the box.
      if (popup.hidden) box.value = "";
      show(false);
    }
  };

  box.addEventListener("keydown", onKey);
  box.addEventListener("input", () => {
    choose(null);
    if (!box.value.trim()) show(false);
  });
  box.form.addEventListener("focusout", ({ relatedTarget }) => {
    if (!box.form.contains(relatedTarget)) show(false);
  });
  document.addEventListener("htmx:after:swap", onAnswers);
  onAnswers();
})();
