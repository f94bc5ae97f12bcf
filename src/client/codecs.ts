/** The codecs, for the layers above: they store values as a client would. */
export type { Codec, EncodedValue } from '../codec/codec.ts';
export { jsonCodec } from '../codec/json-codec.ts';
