// Puts CodeMirror over the page's <textarea id="document">.
//
// The textarea stays the truth: what is typed is written back at once, so the form sends the
// same text with this file or without it. The editor is mounted in a shadow root because style
// sheets there are constructed by script, which a strict `style-src 'self'` allows.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { forceLinting, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { applyFix } from "./fixes.js";
import { isListed, problems, recheck } from "./problems.js";
import { offsetOf, placeOf } from "./places.js";
import { look } from "./look.js";
import { keepTyped } from "./typed.js";

function start() {
  const area = document.getElementById("document");
  if (!area) return;
  keepTyped(area);
  // The server says where a text is so large that the plain textarea is the faster and safer tool.
  const view = "plain" in area.dataset ? null : mount(area);
  document.addEventListener("click", (event) => {
    const fix = event.target.closest?.("button[data-fix]");
    if (fix) {
      // A fix for an earlier text, or without the editor, is the server's to do.
      if (!view || !isListed(view)) return;
      event.preventDefault();
      applyFix(view, fix);
      forceLinting(view);
      return;
    }
    const link = event.target.closest?.("a[data-line]");
    if (!link) return;
    event.preventDefault();
    const place = placeOf(link);
    if (view) jumpInEditor(view, place);
    else jumpInTextarea(area, place);
  });
}

function mount(area) {
  const host = document.createElement("div");
  host.className = "editor";
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({ root, parent: root, state: stateFor(area) });
  area.after(host);
  area.hidden = true;
  area.labels[0]?.addEventListener("click", () => view.focus());
  area.form?.elements.job_name?.addEventListener("change", () => recheck(view));
  return view;
}

function stateFor(area) {
  return EditorState.create({
    doc: area.value,
    extensions: [
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightSpecialChars(),
      history(),
      codeFolding(),
      foldGutter(),
      indentOnInput(),
      indentUnit.of("  "),
      bracketMatching(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      search({ top: true }),
      json(),
      problems(area),
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        "aria-label": area.labels[0]?.textContent.trim() || "Document",
        // It can have the focus anyway; checkers of accessibility only see it said.
        tabindex: "0",
      }),
      EditorView.domEventHandlers({ beforeinput: typeOverLines }),
      keymap.of([
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        { key: "Mod-Enter", run: () => submit(area.form) },
        ...defaultKeymap,
        { key: "Escape", run: leave },
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) writeBack(area, update.state.doc.toString());
      }),
    ],
  });
}

/**
 * Typing over lines is done here: left to itself, Chromium joins them with inline styles, which the
 * page's policy refuses with a complaint in the console.
 */
function typeOverLines(event, view) {
  const { doc, selection } = view.state;
  const overLines = selection.ranges.some(({ from, to }) => doc.lineAt(from).to < to);
  if (event.inputType !== "insertText" || event.isComposing || event.data === null || !overLines) return false;
  const typed = view.state.replaceSelection(event.data);
  view.dispatch(typed, { userEvent: "input.type", scrollIntoView: true });
  return true;
}

function writeBack(area, text) {
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function submit(form) {
  if (!form) return false;
  form.requestSubmit();
  return true;
}

/** Escape, when nothing else wants it, puts the editor down; Tab always moves on. */
function leave(view) {
  view.contentDOM.blur();
  return true;
}

function jumpInEditor(view, place) {
  const at = offsetOf(view.state.doc, place);
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  view.focus();
}

function jumpInTextarea(area, place) {
  const at = offsetOf(EditorState.create({ doc: area.value }).doc, place);
  area.focus();
  area.setSelectionRange(at, at);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
