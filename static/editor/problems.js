// What is wrong with the text, in one list beside the editor and underlined in it. JSON's own faults are
// found here while typing; once the text is JSON, the server checks it as it will when it is reviewed.

import { jsonParseLinter } from "@codemirror/lang-json";
import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { StateEffect } from "@codemirror/state";
import { adopt, applyFix, fixesIn, focusNext } from "./fixes.js";
import { offsetOf, placeAt, placeOf } from "./places.js";

const parse = jsonParseLinter();

/** A pause in typing, in milliseconds, after which the text is checked. */
const PAUSE = 400;

/** How long the search for the end of a value may take, in milliseconds. */
const PARSE_TIME = 50;

const again = StateEffect.define();

/** The text that the list is about; null while it is about none. */
let checked = null;

/** Whether the list is about the text that the editor has. */
export const isListed = (view) => view.state.doc.toString() === checked;

/** Checks the text again, as where the job's name is another now. */
export const recheck = (view) => view.dispatch({ effects: again.of(null) });

/** `area` is the page's text field, whose form names the job. A job's name may decide what is checked. */
export function problems(area) {
  const list = document.getElementById("problem-list");
  // The list that the page came with is about the text that it came with.
  checked = area.defaultValue;
  let asking = null;
  let named = area.form?.elements.job_name?.value;
  return linter(
    async (view) => {
      const { doc } = view.state;
      const text = doc.toString();
      asking?.abort();
      const name = area.form?.elements.job_name?.value;
      if (text !== checked || name !== named) {
        named = name;
        const faults = syntaxFaults(view);
        // The list is about this text now, whatever comes of the check.
        checked = null;
        if (faults.length) {
          showFaults(list, doc, faults);
          return faults;
        }
        asking = new AbortController();
        const html = await check(list, area, text, asking.signal);
        // It was typed on meanwhile: another check is on its way.
        if (view.state.doc !== doc) return [];
        document.getElementById("unchecked").hidden = html !== null;
        const hadFocus = list.contains(document.activeElement);
        list.innerHTML = html ?? "<h2 id=\"problems-h\"><span class=\"state\">Well-formed JSON</span></h2>";
        adopt(list, area);
        if (hadFocus) focusNext(list, area);
        checked = html === null ? null : text;
      }
      return listed(view.state);
    },
    { delay: PAUSE, needsRefresh: (update) => update.transactions.some((one) => one.effects.some((effect) => effect.is(again))) },
  );
}

/** The server's list for `text`; null where there is no answer. */
async function check(list, area, text, signal) {
  if (!list.dataset.check) return null;
  const form = new URLSearchParams();
  for (const [name, value] of new FormData(area.form)) {
    if (/^(queue|prefix|id|job_name)\b/.test(name)) form.append(name, value);
  }
  form.append("text", text);
  try {
    const answer = await fetch(list.dataset.check, { method: "POST", body: form, headers: { "HX-Request": "true" }, redirect: "error", signal });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

function syntaxFaults(view) {
  return parse(view).map((fault) => {
    // Short documents get a message without a position; the parser knows where it stopped.
    const from = fault.from || firstError(view.state) || 0;
    const to = Math.min(from + 1, view.state.doc.length);
    return { ...fault, from: Math.min(from, to), to, message: plain(fault.message) };
  });
}

/** Chromium quotes the text around the fault and Firefox says where it is; both are shown anyway. */
function plain(message) {
  return message
    .replace(/, (\.\.\.)?".*" ?(\.\.\. ?)?is not valid JSON$/s, "")
    .replace(/^JSON\.parse: /, "")
    .replace(/ (in JSON )?at (position|line) \d+.*$/s, "");
}

function firstError(state) {
  let at = null;
  syntaxTree(state).iterate({
    enter: (node) => {
      if (at === null && node.type.isError) at = node.from;
      return at === null;
    },
  });
  return at;
}

/** What the list says, as places in the editor. */
function listed(state) {
  return Array.from(document.querySelectorAll("#problem-list a[data-line]"), (link) => {
    const from = offsetOf(state.doc, placeOf(link));
    const problem = link.closest("[data-problem]");
    const message = (problem?.querySelector("[data-message]") ?? link).textContent.trim();
    return { from, to: endOf(state, from), severity: "error", message, actions: fixesIn(problem).map(actionOf) };
  });
}

/** A fix as the editor offers it beside the problem. */
function actionOf(button) {
  const apply = (view) => {
    if (isListed(view)) applyFix(view, button);
  };
  return { name: button.textContent.trim(), apply };
}

/** Where the value or name at `from` ends, on its first line and without what follows it. */
function endOf(state, from) {
  const tree = ensureSyntaxTree(state, Math.min(from + 1, state.doc.length), PARSE_TIME) ?? syntaxTree(state);
  const node = tree.resolveInner(from, 1);
  const line = state.doc.lineAt(from).to;
  const end = node.from === from && node.to > from ? node.to : from + 1;
  return Math.max(from, Math.min(end, line));
}

/** Puts faults of syntax into the list, in place of what it said of an earlier text. */
function showFaults(list, doc, faults) {
  const heading = Object.assign(document.createElement("h2"), { id: "problems-h" });
  const count = `${faults.length} problem${faults.length === 1 ? "" : "s"}`;
  heading.append(Object.assign(document.createElement("span"), { className: "state s-bad", textContent: count }));
  const items = Object.assign(document.createElement("ol"), { className: "problems" });
  items.append(...faults.map((fault) => faultItem(placeAt(doc, fault.from), fault.message)));
  list.replaceChildren(heading, items);
  document.getElementById("unchecked").hidden = true;
}

function faultItem({ line, column }, text) {
  const link = Object.assign(document.createElement("a"), { href: "#document", textContent: `Line ${line}, column ${column}` });
  Object.assign(link.dataset, { line, column });
  const at = Object.assign(document.createElement("p"), { className: "at" });
  at.append(link);
  const message = Object.assign(document.createElement("p"), { textContent: text });
  message.dataset.message = "";
  const item = document.createElement("li");
  item.dataset.problem = "";
  item.append(at, message);
  return item;
}
