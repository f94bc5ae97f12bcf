/** From what is stored to the bytes that the codec, or an envelope, made: decompressed and put together. */
import type { Codec } from '../codec/codec.ts';
import type { Slot } from '../connection/slot.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import { type Manifest, readManifest, SPLIT_FLAGS } from './manifest.ts';
import { inflate, isPacked, restored, unpack } from './packed.ts';
import { maxInflatedBytes } from './values.ts';

export interface UnwrapperOptions {
  readonly codec: Codec;
  /** Above which a value is not taken. */
  readonly maxBytes: number;
  /** Puts the chunks of a split value together; undefined where one is gone. */
  readonly join: (manifest: Manifest, slot: Slot) => Promise<Buffer | undefined>;
}

export class Unwrapper {
  readonly #options: UnwrapperOptions;

  constructor(options: UnwrapperOptions) {
    this.#options = options;
  }

  /**
   * What is wrapped twice in the same way is left so: the codec is asked about it, and refuses.
   *
   * @throws DecodeError also by rejection; what keeps chunks from being read rejects as it is.
   */
  unwrap(slot: Slot, reply: ValueReply): ValueReply | Promise<ValueReply | undefined> {
    return reply.flags === SPLIT_FLAGS ? this.#joined(slot, reply) : this.#unpacked(reply);
  }

  async #joined(slot: Slot, reply: ValueReply): Promise<ValueReply | undefined> {
    const { join, maxBytes } = this.#options;
    const manifest = readManifest(reply.buffer, reply.start, reply.end, maxBytes);
    const bytes = await join(manifest, slot);
    return bytes && this.#unpacked(restored(reply, bytes, manifest.flags));
  }

  #unpacked(reply: ValueReply): ValueReply | Promise<ValueReply> {
    const { codec, maxBytes } = this.#options;
    if (isPacked(reply.flags)) return unpack(reply, maxBytes);
    const { zlibFlag = 0 } = codec;
    // An envelope has the flags of its own, whatever the codec's are.
    if ((reply.flags & zlibFlag) === 0) return reply;
    return inflate(reply, zlibFlag, maxInflatedBytes(codec, maxBytes));
  }
}
