import { describe, expect, test } from 'vitest';
import { ConfigSubstitution } from '../../src/testing/cluster/config-substitution.ts';

const CONFIG = 'config get cluster\r\n';
const REPLY = 'CONFIG cluster 0 3\r\n1\n\n\r\nEND\r\n';

function substitution(): ConfigSubstitution {
  return new ConfigSubstitution((legacy) => Buffer.from(legacy ? 'LEGACY\r\n' : REPLY));
}

/** What memcached answers to what it is sent instead. */
function echo(sent: string): string {
  return sent
    .replace(/^mg (memfleet-\S+) k\r\n/gm, 'EN k$1\r\n')
    .replace(/^version\r\n/gm, 'VERSION 1.6.18\r\n')
    .replace(/^get a\r\n/gm, 'VALUE a 0 4\r\nEN k\r\nEND\r\n');
}

describe('replies', () => {
  test('the configuration takes the place of its marker, whatever the chunks', () => {
    const request = `version\r\n${CONFIG}${CONFIG}get AmazonElastiCache:cluster\r\nget a\r\n`;
    const expected = `VERSION 1.6.18\r\n${REPLY}${REPLY}LEGACY\r\nVALUE a 0 4\r\nEN k\r\nEND\r\n`;
    const length = echo(substitution().request(Buffer.from(request)).toString()).length;
    for (let cut = 0; cut <= length; cut += 1) {
      const subject = substitution();
      const answer = Buffer.from(echo(subject.request(Buffer.from(request)).toString()));
      const parts = [...subject.replies(answer.subarray(0, cut)), ...subject.replies(answer.subarray(cut))];
      expect(Buffer.concat(parts).toString(), `cut at ${cut}`).toBe(expected);
    }
  });

  test('pass untouched and at once when nothing is asked for', () => {
    const bytes = Buffer.from('EN kmemfleet-');
    expect(substitution().replies(bytes)).toEqual([bytes]);
  });
});

describe('requests', () => {
  test.each([
    ['within a value', `set a 0 0 20\r\n${CONFIG}\r\n`],
    ['behind another command', `get a\r\n${CONFIG}`],
    ['with a longer name', 'config get clusters\r\n'],
    ['cut short', 'config get clu'],
  ])('pass untouched %s', (_, request) => {
    const bytes = Buffer.from(request);
    expect(substitution().request(bytes)).toBe(bytes);
  });

  test('pass untouched in the middle of a line or value', () => {
    const subject = substitution();
    subject.request(Buffer.from('set a 0 0 24\r\nabcd'));
    const bytes = Buffer.from(CONFIG);
    expect(subject.request(bytes)).toBe(bytes);
  });
});
