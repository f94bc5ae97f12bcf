import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Found } from '../../src/cache/cache-backend.ts';
import {
  decideRead,
  type LeaseMode,
  type ReadDecision,
  type ReadRules,
} from '../../src/cache/read-decision.ts';

const HOLD = { name: 'hold' };

interface Row {
  readonly found: string;
  readonly options: string;
  readonly decision: string;
}

const page = readFileSync(new URL('../../docs/get-or-set.md', import.meta.url), 'utf8');
const rows: readonly Row[] = [...page.matchAll(/^\| `([^`]+)` \| (?:`([^`]+)`)? ?\| `([^`]+)` \|/gm)].map(
  ([, found = '', options = '', decision = '']) => ({ found, options, decision }),
);

function foundOf(text: string): Found {
  const [, kind, left = '', lease] = /^(\w+)(?: (for ever|unknown|-?\d+))?(?: (lost|won))?$/.exec(text) ?? [];
  switch (kind) {
    case 'entry':
      return {
        kind,
        value: 'value',
        freshTtl: left === 'for ever' ? null : left === 'unknown' ? undefined : Number(left),
        lease: lease as 'lost' | 'won' | undefined,
        hold: HOLD,
      };
    case 'won':
    case 'lost':
      return { kind, hold: HOLD };
    case 'miss':
    case 'failed':
      return { kind };
    default:
      throw new Error(`The table has ${text}`);
  }
}

function rulesOf(text: string): ReadRules {
  const rules: Record<string, number | string> = {
    lease: 'fleet',
    staleWhileRevalidate: 0,
    staleIfError: 0,
    refreshAhead: 0,
  };
  for (const [, name = '', value = ''] of text.matchAll(/(\w+): ([^,]+)/g)) {
    if (!(name in rules)) throw new Error(`The table has the option ${name}`);
    rules[name] = value.startsWith("'") ? value.slice(1, -1) : Number(value);
  }
  return rules as unknown as ReadRules;
}

function say(decision: ReadDecision): string {
  switch (decision.kind) {
    case 'serve':
      return decision.refresh ? 'serve, refresh' : 'serve';
    case 'make':
      if (!decision.keep) return 'make, not stored';
      return decision.stale === undefined ? 'make' : 'make, else stale';
    case 'claim':
      return decision.stale === undefined ? 'claim' : 'claim, else stale';
    case 'wait':
      return 'wait';
  }
}

describe('the table in the documentation', () => {
  test('has rows for everything that is found and decided', () => {
    expect(new Set(rows.map(({ found }) => found.split(' ')[0]))).toEqual(
      new Set(['entry', 'miss', 'won', 'lost', 'failed']),
    );
    expect(new Set(rows.map(({ decision }) => decision))).toEqual(
      new Set([
        'serve',
        'serve, refresh',
        'make',
        'make, else stale',
        'make, not stored',
        'claim',
        'claim, else stale',
        'wait',
      ]),
    );
  });

  test.each(rows)('$found, $options: $decision', ({ decision, found, options }) => {
    expect(say(decideRead(foundOf(found), rulesOf(options)))).toBe(decision);
  });
});

const seconds = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 100 }),
  fc.double({ min: 0, max: 100, noNaN: true }),
);
const rules: fc.Arbitrary<ReadRules> = fc.record({
  lease: fc.constantFrom<LeaseMode>('fleet', 'process', 'off'),
  staleWhileRevalidate: seconds,
  staleIfError: seconds,
  refreshAhead: seconds,
});
const found: fc.Arbitrary<Found> = fc.oneof(
  fc.record({
    kind: fc.constant('entry' as const),
    value: fc.constantFrom('value', null, undefined),
    freshTtl: fc.oneof(fc.constantFrom(null, undefined), fc.double({ min: -200, max: 200, noNaN: true })),
    lease: fc.constantFrom('won' as const, 'lost' as const, undefined),
    hold: fc.constant(HOLD),
  }),
  fc.constant({ kind: 'miss' as const }),
  fc.record({ kind: fc.constantFrom('won' as const, 'lost' as const), hold: fc.constant(HOLD) }),
  fc.constant({ kind: 'failed' as const }),
);

describe('whatever is found and asked for', () => {
  test('an old value is served only within the times that were given', () => {
    fc.assert(
      fc.property(found, rules, (found, rules) => {
        const decision = decideRead(found, rules);
        const old =
          found.kind === 'entry' ? -(found.freshTtl ?? Number.POSITIVE_INFINITY) : Number.NEGATIVE_INFINITY;
        if (decision.kind === 'serve') expect(old < 0 || old < rules.staleWhileRevalidate).toBe(true);
        else if (decision.kind !== 'wait' && decision.stale !== undefined) {
          expect(old < rules.staleIfError).toBe(true);
        }
      }),
    );
  });

  test('what is fresh is served, and never made by who waits', () => {
    fc.assert(
      fc.property(found, rules, (found, rules) => {
        fc.pre(found.kind === 'entry' && (found.freshTtl ?? 1) > 0);
        expect(decideRead(found, rules).kind).toBe('serve');
      }),
    );
  });

  test('only a fleet waits or claims, and nothing is stored where the store failed', () => {
    fc.assert(
      fc.property(found, rules, (found, rules) => {
        const decision = decideRead(found, rules);
        if (rules.lease !== 'fleet') expect(['serve', 'make']).toContain(decision.kind);
        if (found.kind === 'failed') expect(decision).toMatchObject({ kind: 'make', keep: false });
        else if (decision.kind === 'make') expect(decision.keep).toBe(true);
      }),
    );
  });

  test('storing depends on what was found', () => {
    fc.assert(
      fc.property(found, rules, (found, rules) => {
        const decision = decideRead(found, rules);
        if (decision.kind !== 'make') return;
        expect(decision.hold).toBe('hold' in found ? found.hold : undefined);
      }),
    );
  });
});
