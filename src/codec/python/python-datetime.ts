/**
 * Aware datetimes of Python, and Dates. A pickle has the local time in 10 bytes, and the zone:
 *
 * | bytes | |
 * | --- | --- |
 * | 0, 1 | year, big endian |
 * | 2 | month; bit 7: the later of two equal times, where clocks were set back |
 * | 3 to 6 | day, hour, minute, second |
 * | 7 to 9 | microsecond, big endian |
 */
import { DecodeError, InvalidValueError } from '../../errors.ts';
import { PythonObject } from './python-object.ts';

export const STATE_BYTES = 10;
const MOST = [12, 31, 23, 59, 59] as const;
const LEAST = [1, 1, 0, 0, 0] as const;

/**
 * The instant of a datetime whose zone is a fixed offset; what it has below a millisecond is cut off.
 * `undefined` for any other zone, and for none.
 *
 * @throws DecodeError
 */
export function dateOf([state, zone]: readonly unknown[]): Date | undefined {
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  if (!Buffer.isBuffer(state) || state.length !== STATE_BYTES) throw noDatetime();
  const fields = [(state[2] as number) & 0x7f, ...state.subarray(3, 7)];
  if (!fields.every((field, index) => field >= Number(LEAST[index]) && field <= Number(MOST[index]))) {
    throw noDatetime();
  }
  const [month, day, hour, minute, second] = fields as [number, number, number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(state.readUInt16BE(0), month - 1, day);
  date.setUTCHours(hour, minute, second);
  return new Date(date.getTime() + Math.floor((state.readUIntBE(7, 3) - offset) / 1000));
}

function noDatetime(): DecodeError {
  return new DecodeError('Pickle has a datetime that is none');
}

/** East of Greenwich, in microseconds. */
function offsetOf(zone: unknown): number | undefined {
  if (!(zone instanceof PythonObject)) return undefined;
  if (zone.module === 'pytz' && zone.name === '_UTC') return 0;
  const [delta] = zone.args;
  if (zone.module !== 'datetime' || zone.name !== 'timezone' || !(delta instanceof PythonObject)) {
    return undefined;
  }
  const [days, seconds, microseconds] = delta.args;
  if (typeof days === 'number' && typeof seconds === 'number' && typeof microseconds === 'number') {
    const offset = (days * 86_400 + seconds) * 1e6 + microseconds;
    if (Number.isSafeInteger(offset)) return offset;
  }
  throw noDatetime();
}

const UTC: PythonObject = /* @__PURE__ */ new PythonObject('datetime', 'timezone', [
  /* @__PURE__ */ new PythonObject('datetime', 'timedelta', [0, 0, 0]),
]);

/** @throws InvalidValueError for a Date that is none, or of a year that Python has not. */
export function datetimeOf(date: Date): PythonObject {
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) {
    throw new InvalidValueError('Python has datetimes of the years 1 to 9999, and this Date is none');
  }
  const state = Buffer.alloc(STATE_BYTES);
  state.writeUInt16BE(year, 0);
  state[2] = date.getUTCMonth() + 1;
  state[3] = date.getUTCDate();
  state[4] = date.getUTCHours();
  state[5] = date.getUTCMinutes();
  state[6] = date.getUTCSeconds();
  state.writeUIntBE(date.getUTCMilliseconds() * 1000, 7, 3);
  return new PythonObject('datetime', 'datetime', [state, UTC]);
}
