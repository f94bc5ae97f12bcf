import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseClusterConfig } from '../../src/protocol/cluster-config.ts';
import { everyOffset, feed, type Outcome, type PlainReply } from '../protocol/feed.ts';

type Text = string | { readonly repeat: string; readonly times: number };

/**
 * `outcome` and `then`, of the first reply and the second: `config <version>: <nodes>`, `refused: <error>`,
 * `absent` for a bare `END`, `other: <kind>`, `unfinished`, or `error: <part of the message>`.
 */
interface ReplyCase {
  /** Which sort of malformed reply, from 1 to 31. */
  readonly number: number;
  readonly name: string;
  readonly wire: Text | readonly Text[];
  readonly outcome: string;
  readonly then?: string;
  readonly lengthMismatch?: boolean;
}

const cases = JSON.parse(
  readFileSync(new URL('./config-replies.cases.json', import.meta.url), 'utf8'),
) as readonly ReplyCase[];

function bytesOf(wire: ReplyCase['wire']): Buffer {
  const expand = (text: Text): string => (typeof text === 'string' ? text : text.repeat.repeat(text.times));
  return Buffer.from(
    [wire]
      .flat()
      .map((text) => expand(text as Text))
      .join(''),
    'latin1',
  );
}

/** As a connection that asks for the configuration has it. */
const OPTIONS = { legacyConfig: true };

function configOf(payload: string): string {
  try {
    const { nodes, version } = parseClusterConfig(payload);
    return `config ${version}: ${nodes.map((node) => `${node.hostname}|${node.address ?? ''}|${node.port}`).join(' ')}`;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

function meaningOf(outcome: Outcome, index: number): string {
  const reply: PlainReply | undefined = outcome.replies[index];
  if (reply === undefined) {
    return outcome.error === undefined ? 'unfinished' : `error: ${(outcome.error as Error).message}`;
  }
  switch (reply.kind) {
    case 'config':
      return configOf(reply.payload as string);
    case 'error':
      return `refused: ${`${reply.status} ${reply.text}`.trimEnd()}`;
    case 'end':
      return 'absent';
    default:
      return `other: ${reply.kind}`;
  }
}

function expectMeaning(actual: string, expected: string): void {
  if (!expected.startsWith('error: ')) expect(actual).toBe(expected);
  else {
    expect(actual).toMatch(/^error: /);
    expect(actual).toContain(expected.slice('error: '.length));
  }
}

function isSame(a: Outcome, b: Outcome): boolean {
  return (
    String(a.error) === String(b.error) &&
    a.replies.length === b.replies.length &&
    a.replies.every((reply, i) =>
      Object.entries(reply).every(([name, value]) => b.replies[i]?.[name] === value),
    )
  );
}

/** Ways to cut the bytes at which something else comes out than from all of them at once. */
function differences(wire: Buffer, whole: Outcome): string[] {
  const offsets = everyOffset(wire);
  const found = offsets
    .filter((offset) => !isSame(feed(wire, [offset], OPTIONS), whole))
    .map((offset) => `cut at ${offset}`);
  if (!isSame(feed(wire, offsets, OPTIONS), whole)) found.push('byte by byte');
  return found;
}

describe('a reply to config get cluster', () => {
  test('is of every malformed sort', () => {
    // Of a stall (11) and of nodes by the hundred (27), see below and config-request.test.ts.
    const missing = Array.from({ length: 31 }, (_, i) => i + 1).filter(
      (number) => !cases.some((each) => each.number === number),
    );
    expect(missing).toEqual([11, 27]);
  });

  test.each(cases)('$number: $name', ({ wire, outcome, then, lengthMismatch = false }) => {
    const bytes = bytesOf(wire);
    const whole = feed(bytes, [], OPTIONS);
    expectMeaning(meaningOf(whole, 0), outcome);
    if (then !== undefined) expectMeaning(meaningOf(whole, 1), then);
    if (whole.replies[0]?.kind === 'config') expect(whole.replies[0].lengthMismatch).toBe(lengthMismatch);
    expect(differences(bytes, whole)).toEqual([]);
  });

  test.each([40, 300])('27: %i nodes, more than one segment or TLS record holds', (count) => {
    const nodes = Array.from({ length: count }, (_, i) => {
      const name = `0${i}.a-cluster-of-some-name.abc123.use1.cache.amazonaws.com`;
      return `${name}|10.0.${i >> 8}.${i & 255}|11211`;
    });
    const payload = `12\n${nodes.join(' ')}\n`;
    const wire = Buffer.from(`CONFIG cluster 0 ${payload.length}\r\n${payload}\r\nEND\r\n`);
    const whole = feed(wire, [], OPTIONS);
    expect(meaningOf(whole, 0)).toBe(`config 12: ${nodes.join(' ')}`);
    expect(differences(wire, whole)).toEqual([]);
  });
});
