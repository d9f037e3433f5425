// The editor's look. Every colour is one of the page's own custom properties, which reach
// through the shadow root, so light and dark follow the page. Underlines are text decorations:
// CodeMirror's are data: images, which `img-src 'self'` refuses.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const theme = EditorView.theme({
  "&": {
    color: "var(--text)",
    backgroundColor: "var(--bg)",
    fontSize: "13px",
    height: "var(--editor-height, 60vh)",
    minHeight: "16rem",
    border: "1px solid var(--control)",
    borderRadius: "var(--radius)",
    overflow: "hidden",
  },
  "&.cm-focused": { outline: "2px solid var(--link)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overscrollBehavior: "contain" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 10px 0 6px", overflowWrap: "anywhere" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", borderRight: "1px solid var(--rule)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 10px", fontVariantNumeric: "tabular-nums" },
  ".cm-foldGutter .cm-gutterElement": { padding: "0 4px", cursor: "pointer" },
  ".cm-activeLine": { backgroundColor: "var(--hover)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--text)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--select)", outline: "1px solid var(--control)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", color: "var(--failed)" },
  ".cm-selectionMatch": { backgroundColor: "var(--select)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--surface)", border: "1px solid var(--control)", color: "var(--muted)", padding: "0 4px" },
  ".cm-lintRange-error, .cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--failed)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-lintPoint:after": { borderBottomColor: "var(--failed)" },
  ".cm-tooltip": { backgroundColor: "var(--bg)", color: "var(--text)", border: "1px solid var(--control)", borderRadius: "var(--radius)" },
  ".cm-diagnostic": { borderLeft: "3px solid var(--failed)", padding: "4px 8px", fontFamily: "var(--sans)", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  ".cm-diagnosticAction": { backgroundColor: "var(--bg)", color: "var(--link)", border: "1px solid var(--control)", borderRadius: "var(--radius)", minHeight: "24px", padding: "1px 6px", font: "inherit" },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--text)", fontFamily: "var(--sans)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--rule)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--rule)" },
  ".cm-panel.cm-search": { padding: "6px 28px 6px 8px" },
  ".cm-panel.cm-search label": { fontSize: "12px", display: "inline-flex", alignItems: "center", gap: "3px" },
  ".cm-panel [name=close], .cm-dialog-close": { color: "var(--text)", minWidth: "24px", minHeight: "24px", fontSize: "16px", cursor: "pointer" },
  ".cm-textfield": { backgroundColor: "var(--bg)", color: "var(--text)", border: "1px solid var(--control)", borderRadius: "var(--radius)", padding: "3px 6px", fontSize: "13px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--bg)", color: "var(--text)", border: "1px solid var(--control)", borderRadius: "var(--radius)", padding: "3px 8px", fontSize: "12px" },
  ".cm-panel :focus-visible": { outline: "2px solid var(--link)", outlineOffset: "1px" },
  ".cm-searchMatch": { backgroundColor: "var(--select)", outline: "1px solid var(--control)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--link)", color: "var(--bg)" },
  ".cm-panel.cm-panel-lint ul [aria-selected]": { backgroundColor: "var(--select)", color: "var(--text)" },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--link)" },
  { tag: tags.number, color: "var(--delayed)" },
  { tag: [tags.bool, tags.null], color: "var(--prioritized)" },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: "var(--muted)" },
]);

/** Layout, colours and syntax highlighting, as one extension. */
export const look = [theme, syntaxHighlighting(colours)];
