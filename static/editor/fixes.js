// One click on a fix that the list of problems offers changes the text at its place, in the editor, where it can be undone. The
// server says where the place is and what is written there; without this script it does the same and sends the page again.

import { EditorView } from "@codemirror/view";
import { offsetOf, placeOf } from "./places.js";

/** The buttons of the fixes that are offered in a part of the page. */
export const fixesIn = (part) => Array.from(part?.querySelectorAll("button[data-fix]") ?? []);

/** Does the fix of a button, whose place is in the text that the editor has. */
export function applyFix(view, button) {
  const { doc } = view.state;
  const { endLine, endColumn, text } = button.dataset;
  const from = offsetOf(doc, placeOf(button));
  const to = offsetOf(doc, { line: Number(endLine), column: Number(endColumn) });
  const insert = text.replace(/\r\n?/g, "\n");
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length },
    effects: EditorView.scrollIntoView(from, { y: "center" }),
    userEvent: "input.fix",
  });
}

/** Makes the fixes of a list that the server sent belong to the form of `area`. */
export function adopt(list, area) {
  for (const button of fixesIn(list)) button.setAttribute("form", area.form.id);
}

/** Focuses the next fix, or else the button that goes on, after the fix that had the focus is gone. */
export function focusNext(list, area) {
  const next = fixesIn(list)[0] ?? area.form.querySelector("button.primary");
  next?.focus();
}
