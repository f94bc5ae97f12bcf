/** @param {string} text */
export const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A script element ends at the first `</script`, also inside a string of it. */
export const inScript = (/** @type {string} */ code) => code.replaceAll('</script', '<\\/script');

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} lines A shorter line's last cell spans the columns that are left.
 */
export function htmlTable(head, lines) {
  const rows = lines.map((line) => {
    const last = line.length - 1;
    const cells = line.map((cell, column) =>
      column === last && line.length < head.length
        ? `<td class="reason" colspan="${head.length - last}">${escaped(cell)}</td>`
        : `<td>${escaped(cell)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table>
<tr>${head.map((title) => `<th>${escaped(title)}</th>`).join('')}</tr>
${rows.join('\n')}
</table>`;
}
