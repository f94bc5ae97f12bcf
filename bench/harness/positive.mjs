/**
 * The number a command line option was given.
 *
 * @param {string} name
 * @param {string} text
 */
export function positive(name, text) {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not "${text}"`);
  return number;
}
