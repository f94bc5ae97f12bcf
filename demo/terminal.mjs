import process from 'node:process';
import { styleText } from 'node:util';
import Table from 'cli-table3';

/** What the demo says. Colours and the line that changes are for terminals, and NO_COLOR is respected. */
export class Terminal {
  #out;
  #colours;
  #hasStatus = false;

  /** @param {NodeJS.WriteStream} out */
  constructor(out) {
    this.#out = out;
    // Also false where NO_COLOR is set.
    this.#colours = out.isTTY && out.hasColors();
  }

  /** @param {string} text */
  say(text) {
    this.clearStatus();
    this.#out.write(`${text}\n`);
  }

  /** @param {number} seconds @param {string} text */
  event(seconds, text) {
    this.say(`${seconds.toFixed(1).padStart(5)} s  ${this.#paint('bold', text)}`);
  }

  /** @param {string} text */
  fail(text) {
    this.clearStatus();
    process.stderr.write(`${this.#paint('red', 'Failed:')} ${text}\n`);
  }

  /** @param {import('./performance.mjs').Act[]} acts @param {number} seconds */
  status(acts, seconds) {
    if (!this.#out.isTTY) return;
    const parts = acts.map(({ traffic, way }) => {
      const { failures, hits, reads } = traffic;
      const rate = reads === 0 ? 0 : (100 * hits) / reads;
      const failed = this.#paint(failures.length > 0 ? 'yellow' : 'dim', `${failures.length} failed`);
      return `${way.id} ${rate.toFixed(0)} % hits, ${failed}`;
    });
    this.clearStatus();
    this.#out.write(`${seconds.toFixed(1).padStart(5)} s  ${parts.join('  |  ')}`);
    this.#hasStatus = true;
  }

  clearStatus() {
    if (!this.#hasStatus) return;
    this.#out.clearLine(0);
    this.#out.cursorTo(0);
    this.#hasStatus = false;
  }

  /** @param {import('./performance.mjs').Show} show @param {import('./results.mjs').Row[]} rows */
  table({ acts }, rows) {
    const table = new Table({
      head: ['', ...acts.map(({ way }) => this.#paint('bold', way.title))],
      colAligns: ['left', 'right', 'right', 'right'],
      style: { head: [], border: this.#colours ? ['grey'] : [], compact: true },
    });
    for (const { label, cells } of rows) table.push([label, ...cells]);
    this.say(
      '\n1. The configuration endpoint taken for one server  2. A fixed list of nodes  3. memfleet with discovery',
    );
    this.say(String(table));
    for (const { note } of rows) if (note !== undefined) this.say(note);
  }

  /** @param {Parameters<typeof styleText>[0]} style @param {string} text */
  #paint(style, text) {
    return this.#colours ? styleText(style, text) : text;
  }
}
