import { InvalidCacheConfigError } from '../../errors.ts';
import { isNatural, type Revive } from './python-classes.ts';

export interface PythonCodecOptions {
  /**
   * Makes something else of objects of a class, by its full name: `{ 'decimal.Decimal': ({ args }) => … }`.
   * A class named here need not be known. Whatever is thrown, or `undefined` returned, is a `DecodeError`.
   */
  readonly revive?: Readonly<Record<string, Revive>>;
  /**
   * What becomes of an object of any other class: `'throw'` a `DecodeError` (default), or `'object'`, a
   * `PythonObject`.
   */
  readonly unknownClasses?: 'throw' | 'object';
  /** Client flags of integers: 4 as pylibmc has them (default), or 2 as pymemcache. All read both. */
  readonly integerFlags?: 2 | 4;
  /**
   * `'pickle'` (default): booleans to all clients. `'pylibmc'`: as pylibmc stores them, which are integers
   * 1 and 0 with flags 2; for clusters that nothing else writes to, and then read as booleans.
   */
  readonly booleans?: 'pickle' | 'pylibmc';
  /**
   * Flags 16 are those of booleans, as with pylibmc up to 1.5, and text is pickled. Default `false`: they
   * are those of text.
   */
  readonly pylibmc15?: boolean;
  /** What a compressed value may take when it is not; more is a `DecodeError`. Default 16 MiB. */
  readonly maxInflatedBytes?: number;
}

export type ResolvedPythonOptions = Required<PythonCodecOptions>;

const DEFAULT_MAX_INFLATED_BYTES = 16_777_216;
/** As much as Node.js inflates at once. */
const MOST_INFLATED_BYTES = 1_073_741_824;

/** @throws InvalidCacheConfigError naming the option and what it should be. */
export function resolvePythonOptions(options: PythonCodecOptions): ResolvedPythonOptions {
  const {
    booleans = 'pickle',
    integerFlags = 4,
    maxInflatedBytes = DEFAULT_MAX_INFLATED_BYTES,
    pylibmc15 = false,
    revive = {},
    unknownClasses = 'throw',
  } = options;
  check(integerFlags === 2 || integerFlags === 4, 'integerFlags must be 2 or 4');
  check(booleans === 'pickle' || booleans === 'pylibmc', "booleans must be 'pickle' or 'pylibmc'");
  check(
    booleans === 'pickle' || integerFlags === 4,
    "booleans: 'pylibmc' has the client flags 2, so integerFlags must be 4",
  );
  check(typeof pylibmc15 === 'boolean', 'pylibmc15 must be true or false');
  check(
    unknownClasses === 'throw' || unknownClasses === 'object',
    "unknownClasses must be 'throw' or 'object'",
  );
  check(
    typeof revive === 'object' &&
      revive !== null &&
      Object.values(revive).every((each) => typeof each === 'function'),
    "revive must be an object of functions by the full names of classes, such as 'decimal.Decimal'",
  );
  const natural = Object.keys(revive).find(isNatural);
  check(natural === undefined, `revive cannot have ${natural}, which is read as what JavaScript has`);
  check(
    Number.isInteger(maxInflatedBytes) && maxInflatedBytes >= 1 && maxInflatedBytes <= MOST_INFLATED_BYTES,
    `maxInflatedBytes must be a whole number from 1 to ${MOST_INFLATED_BYTES}`,
  );
  return { booleans, integerFlags, maxInflatedBytes, pylibmc15, revive, unknownClasses };
}

function check(right: boolean, message: string): void {
  if (!right) throw new InvalidCacheConfigError(`pythonCodec: ${message}`);
}
