/** Values that say whose they are, which write made them, and whether they are whole. */

/** The key a value was written for, and the number of the write. */
export interface Stamp {
  readonly key: string;
  readonly sequence: number;
}

/** What a reader of lines, or of characters for bytes, would trip over. */
const FILLER = 'é\r\nEND\r\nVALUE x 0 3\r\nHD\r\nEN\r\nVA 5 f0\r\n中🐎 ';

const TEXT = /^<(\S+) (\d+) ([\da-f]+)>([^<]*)$/;
/** A stamp without filler: what is put behind others. */
const ENTRY = /<(\S+) (\d+) ([\da-f]+)>/y;

/** The value as text. */
export function stampedText(stamp: Stamp, size: number): string {
  const filler = FILLER.repeat(Math.ceil(size / FILLER.length)).slice(0, size);
  // A character is not cut in two: half of one cannot be stored.
  return entry(stamp, filler.toWellFormed());
}

/** The value as something to be stored as JSON. */
export function stampedObject(stamp: Stamp, size: number): { readonly text: string } {
  return { text: stampedText(stamp, size) };
}

/** A value that others can be appended to, and one to append. */
export function stampedEntry(stamp: Stamp): string {
  return entry(stamp, '');
}

/** Whose value it is; `undefined` where it is not one that was made here, or not whole. */
export function readStamp(value: unknown): Stamp | undefined {
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : value;
  if (typeof text !== 'string') return undefined;
  const [, key = '', digits = '', sum, filler = ''] = TEXT.exec(text) ?? [];
  const stamp = { key, sequence: Number(digits) };
  return sum === checksum(stamp, filler) ? stamp : undefined;
}

/** The stamps of entries appended to one another; `undefined` where any is not whole. */
export function readEntries(value: unknown): readonly Stamp[] | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const stamps: Stamp[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < value.length) {
    const [, key = '', digits = '', sum] = ENTRY.exec(value) ?? [];
    const stamp = { key, sequence: Number(digits) };
    if (sum !== checksum(stamp, '')) return undefined;
    stamps.push(stamp);
  }
  return stamps;
}

function entry(stamp: Stamp, filler: string): string {
  return `<${stamp.key} ${stamp.sequence} ${checksum(stamp, filler)}>${filler}`;
}

/** FNV-1a over 32 bits. */
function checksum({ key, sequence }: Stamp, filler: string): string {
  let hash = 0x811c_9dc5;
  for (const text of [key, String(sequence), filler]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  }
  return (hash >>> 0).toString(16);
}
