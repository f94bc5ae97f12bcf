/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} lines
 * @param {number} textColumns How many columns, from the left, hold text; the others hold numbers.
 */
export function markdownTable(head, lines, textColumns) {
  const rule = head.map((_, column) => (column < textColumns ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.map(inCell).join(' | ')} |`).join('\n');
}

/** @param {string} text */
const inCell = (text) => text.replaceAll('|', '\\|');
