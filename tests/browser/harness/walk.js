// A walk through the page by Tab, which looks at each place as the key is released there. `faults` tells what was wrong on the way.
const every = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
  element.shadowRoot ? [element, ...every(element.shadowRoot)] : [element]);

const name = (element) => {
  const words = (element.getAttribute("aria-label") ?? element.textContent).trim().replace(/\s+/g, " ").slice(0, 40);
  return `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} ${words}`.trim();
};

const focused = () => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
};

const parent = (element) => element.parentElement ?? element.getRootNode().host ?? null;
const around = (element) => (element ? [element, ...around(parent(element))] : []);

// What has an outline that can be seen, of an element and what it is in.
const outlined = (element) => around(element).filter((each) => {
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(each);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && outlineColor !== "rgba(0, 0, 0, 0)";
});

// Whether some part of an element is on top, within the window.
const uncovered = (element) => [...element.getClientRects()].some((box) =>
  [[0.5, 0.5], [0.02, 0.5], [0.98, 0.5], [0.5, 0.1], [0.5, 0.9]].some(([x, y]) =>
    around(element.getRootNode().elementFromPoint(box.left + box.width * x, box.top + box.height * y)).includes(element)));

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]";
// Of radio buttons, Tab reaches the one that is selected; the arrows reach the others.
const byArrows = (element) => element.type === "radio" && !element.checked &&
  document.querySelector(`input[type=radio][name="${CSS.escape(element.name)}"]:checked`) !== null;
const stops = every(document).filter((element) =>
  element.matches(FOCUSABLE) && !byArrows(element) && element.tabIndex >= 0 && !element.disabled && element.type !== "hidden" &&
  element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }));

const visited = new Set();
const found = [];
const trail = [];
let last = null;

const look = (element) => {
  if (visited.has(element)) return;
  visited.add(element);
  if (!uncovered(element)) found.push(`${name(element)}: has the focus out of sight`);
};

// An outline counts if it is gone at the end, when the focus is elsewhere.
const unseen = () => {
  const gone = (each) => !outlined(each).includes(each);
  return trail.filter(({ outlines }) => !outlines.some(gone)).map(({ element }) => `${name(element)}: no outline`);
};

// The editor puts its outline on a moment after it has the focus.
const arrive = async (element) => {
  last = element;
  look(element);
  const began = Date.now();
  while (outlined(element).length === 0 && Date.now() - began < 500) await new Promise((next) => setTimeout(next, 10));
  trail.push({ element, outlines: outlined(element) });
};

const step = async () => {
  const element = focused();
  if (element === last) return;
  const left = element === null || element === document.body || element === document.documentElement;
  if (left || (element === stops[0] && trail.length > 0)) ended = true;
  else await arrive(element);
};

// Keys come faster than the editor's outline: those that come meanwhile, and after the end, do nothing.
let ended = false;
let looking = false;
let taken = 0;
window.walk?.stop();
const over = new AbortController();
const listen = { capture: true, signal: over.signal };
addEventListener("keydown", (event) => {
  if (event.key !== "Tab") return;
  if (!ended && !looking) return void (taken += 1);
  event.preventDefault();
  event.stopImmediatePropagation();
}, listen);
addEventListener("keyup", async (event) => {
  if (event.key !== "Tab" || ended || looking) return;
  looking = true;
  await step();
  looking = false;
}, listen);

window.walk = {
  stop: () => over.abort(),
  here: () => name(focused()),
  // Whether the end is reached, and how many keys were not in vain.
  async now() {
    while (looking) await new Promise((next) => setTimeout(next, 10));
    // Where nothing has the focus, nothing hears the last key.
    if (!ended) await step();
    return { ended, taken };
  },
  faults() {
    over.abort();
    focused()?.blur();
    const missed = ahead.filter((stop) => !visited.has(stop)).map((stop) => `${name(stop)}: Tab does not reach it`);
    return found.concat(unseen(), missed);
  },
};

// The first Tab comes from before everything, or from within what is open over the page and closes when it is left.
const start = document.createElement("span");
start.tabIndex = -1;
const menu = document.querySelector("details.menu[open] > summary");
if (menu) menu.after(start);
else document.body.prepend(start);
start.focus();
window.scrollTo(0, 0);
const inPage = (element) => (element.getRootNode() === document ? element : inPage(element.getRootNode().host));
const ahead = stops.filter((stop) => start.compareDocumentPosition(inPage(stop)) & Node.DOCUMENT_POSITION_FOLLOWING);
return ahead.length;
