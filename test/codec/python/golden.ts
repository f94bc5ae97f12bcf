/** What Python's clients stored, and what each value is here. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { PythonObject } from '../../../src/index.ts';

interface Spec {
  readonly t: string;
  readonly v?: unknown;
  readonly b64?: string;
}

interface Stored {
  readonly flags?: number;
  readonly b64?: string;
  readonly zb64?: string;
  readonly error?: string;
  readonly writers: readonly string[];
}

interface Compressed {
  readonly writer: string;
  readonly value: string;
  readonly flags: number;
  readonly len: number;
  readonly b64: string | null;
}

interface Golden {
  readonly inputs: Readonly<Record<string, Spec>>;
  readonly values: Readonly<Record<string, readonly Stored[]>>;
  readonly compression: readonly Compressed[];
}

export const golden: Golden = JSON.parse(
  readFileSync(new URL('../../vectors/python-values.json', import.meta.url), 'utf8'),
);

const self: unknown[] = [1];
self.push(self);

/** Those whose spec is only their repr. */
const SPECIAL: Readonly<Record<string, unknown>> = {
  frozenset: new Set([1]),
  datetime: new PythonObject('datetime', 'datetime', [Buffer.from('07e8021d0c22380c0a14', 'hex')]),
  datetime_tz: new Date('2024-02-29T10:34:56Z'),
  time: new PythonObject('datetime', 'time', [Buffer.from('0c2238000000', 'hex')]),
  decimal: new PythonObject('decimal', 'Decimal', ['12.50']),
  complex: new PythonObject('builtins', 'complex', [1, 2]),
  defaultdict: { a: [1] },
  list_1001: Array.from({ length: 1001 }, (_, index) => index),
  self_ref_list: self,
  big_list_70k: Array.from({ length: 6000 }, (_, index) => `abcdefgh${String(index).padStart(5, '0')}`),
};

function valueFor(spec: Spec): unknown {
  switch (spec.t) {
    case 'none':
      return null;
    case 'str':
    case 'bool':
      return spec.v;
    case 'bytes':
      return Buffer.from(spec.b64 ?? '', 'base64');
    case 'int': {
      const value = BigInt(spec.v as string);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case 'float':
      return Number((spec.v as string).replace('inf', 'Infinity'));
    case 'list':
    case 'tuple':
      return (spec.v as Spec[]).map(valueFor);
    case 'dict':
      return Object.fromEntries((spec.v as [Spec, Spec][]).map((pair) => pair.map(valueFor)));
    default:
      throw new Error(`No value for ${spec.t}`);
  }
}

/** The value that Python stored under this name, as it is here. */
export function expectedValue(name: string): unknown {
  return name in SPECIAL ? SPECIAL[name] : valueFor(golden.inputs[name] as Spec);
}

export interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly bytes: Buffer;
  readonly writers: readonly string[];
}

/** All that was stored. */
export const entries: readonly Entry[] = Object.entries(golden.values).flatMap(([name, list]) =>
  list
    .filter(({ error }) => error === undefined)
    .map(({ b64, flags, writers, zb64 }) => ({
      name,
      flags: flags as number,
      bytes:
        b64 === undefined ? inflateSync(Buffer.from(zb64 as string, 'base64')) : Buffer.from(b64, 'base64'),
      writers,
    })),
);

export const refusals: number = Object.values(golden.values)
  .flat()
  .filter(({ error }) => error !== undefined).length;
