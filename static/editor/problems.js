// What is underlined: JSON's own faults while typing, and what the server found in the text it
// was sent, until that text is changed.

import { jsonParseLinter } from "@codemirror/lang-json";
import { syntaxTree } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { offsetOf, placeAt, placeOf } from "./places.js";

const parse = jsonParseLinter();

/** `sent` is the text the page came with: the server's problems belong to it alone. */
export function problems(sent) {
  return linter(
    (view) => {
      const faults = syntaxFaults(view);
      report(view.state.doc, faults[0]);
      const unchanged = view.state.doc.length === sent.length && view.state.doc.toString() === sent;
      return unchanged ? faults.concat(serverProblems(view.state.doc)) : faults;
    },
    { delay: 300 },
  );
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

function serverProblems(doc) {
  return Array.from(document.querySelectorAll("a[data-line]"), (link) => {
    const from = offsetOf(doc, placeOf(link));
    const line = doc.lineAt(from);
    const message = (link.closest("[data-problem]") ?? link).textContent.replace(/\s+/g, " ").trim();
    return { from, to: Math.max(from, line.to), severity: "error", message };
  });
}

/** Says beside the editor whether the text is JSON, for those who don't see the underline. */
function report(doc, fault) {
  const line = document.getElementById("syntax");
  if (!line) return;
  line.dataset.syntax = fault ? "broken" : "sound";
  const place = fault && placeAt(doc, fault.from);
  line.textContent = fault ? `Line ${place.line}, column ${place.column}: ${fault.message}` : "Well-formed JSON";
}
