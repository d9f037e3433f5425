// Lines and columns as the server counts them (both from 1, columns in Unicode characters)
// against offsets as the editor counts them (from 0, in UTF-16 units).

/** Reads `data-line` and `data-column` of a link in the list of problems. */
export function placeOf(link) {
  return { line: Number(link.dataset.line) || 1, column: Number(link.dataset.column) || 1 };
}

/** The offset of a place in `doc`; a place past the end becomes the nearest one that exists. */
export function offsetOf(doc, { line, column }) {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = Array.from(found.text).slice(0, column - 1).join("");
  return found.from + before.length;
}

/** The place of an offset in `doc`. */
export function placeAt(doc, offset) {
  const line = doc.lineAt(offset);
  return { line: line.number, column: Array.from(line.text.slice(0, offset - line.from)).length + 1 };
}
