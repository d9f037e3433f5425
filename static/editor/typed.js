// Keeps what is typed with the tab's history entry, so that Back, Forward and reload find it again.
// What was reviewed is kept by the server; this is for what was not yet. Only the same person sees
// it, only for the data it was typed from, and saving makes it void because the revision is another.

/** A pause in typing, in milliseconds, after which the text is kept. */
const PAUSE = 200;

/** The longest text that is kept, in characters: browsers limit what an entry may hold. */
const LONGEST = 500_000;

/** Puts the text of this history entry into `area`, if there is one, and keeps what is typed from now on. */
export function keepTyped(area) {
  const about = whose(area.form);
  const kept = window.history.state?.typed;
  if (kept?.about === about && kept.text !== area.value) {
    area.value = kept.text;
    offerStored(area);
  }
  let timer = 0;
  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    const typed = area.value === area.defaultValue || area.value.length > LONGEST ? undefined : { about, text: area.value };
    window.history.replaceState({ ...window.history.state, typed }, "");
  };
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  window.addEventListener("pagehide", () => {
    if (timer) keep();
  });
  // A page that the browser kept whole does not know of the draft that its review made.
  window.addEventListener("pageshow", (event) => {
    const isKept = area.value === area.defaultValue || window.history.state?.typed?.text === area.value;
    if (!event.persisted || !isKept) return;
    area.value = area.defaultValue;
    window.location.reload();
  });
}

/** Names the person, the job, and the data that the text was typed from. */
function whose(form) {
  const user = document.querySelector("[data-user]")?.dataset.user ?? "";
  const fields = [...new FormData(form)].filter(([name]) => /^(queue|prefix|id|revision|draft)\b/.test(name));
  return JSON.stringify([user, fields]);
}

/** Says that the text is not what is stored, with the way back to that. */
function offerStored(area) {
  const line = Object.assign(document.createElement("p"), { id: "typed", className: "bar draft" });
  const text = Object.assign(document.createElement("span"), { className: "sub", textContent: "Restored what you typed before." });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: "Discard" });
  button.addEventListener("click", () => {
    window.history.replaceState({ ...window.history.state, typed: undefined }, "");
    area.value = area.defaultValue;
    window.location.reload();
  });
  line.append(text, button);
  area.form.before(line);
}
