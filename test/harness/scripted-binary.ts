/** A server of the binary dialect that does what the test says, right or wrong. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Frame, replyFrame } from '../protocol/binary-reply-stream.ts';

/** A request as it came. */
export interface AskedFrame {
  readonly opcode: number;
  readonly opaque: number;
  readonly key: string;
  readonly value: string;
  /** The reply to it: of its opcode and opaque, unless said otherwise. */
  reply(frame?: Partial<Frame> & { readonly opaque?: number }): Buffer;
}

export interface BinaryServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly sockets: readonly Socket[];
  /** Everything that was asked, greetings too. */
  readonly asked: readonly AskedFrame[];
}

export const OPCODES = {
  get: 0,
  set: 1,
  noop: 0x0a,
  version: 0x0b,
  getQuietly: 0x0d,
  mechanisms: 0x20,
  auth: 0x21,
};

/** Greets as `memcached` does, without SASL; gives nothing for what is no greeting. */
export function greeting({ opcode, reply }: AskedFrame): Buffer | undefined {
  if (opcode === OPCODES.mechanisms) return reply({ status: 0x81, value: 'Unknown command' });
  return opcode === OPCODES.version ? reply({ value: '1.6.18' }) : undefined;
}

/** @param script what is done with each request, those of the greeting included; what it gives is sent. */
export async function startScriptedBinary(
  script: (asked: AskedFrame, socket: Socket) => Buffer | string | undefined,
): Promise<BinaryServer> {
  const sockets: Socket[] = [];
  const all: AskedFrame[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 24 && bytes.length >= 24 + bytes.readUInt32BE(8)) {
        const asked = askedOf(bytes);
        bytes = bytes.subarray(24 + bytes.readUInt32BE(8));
        all.push(asked);
        const answer = script(asked, socket);
        if (answer !== undefined) socket.write(answer, 'latin1');
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    asked: all,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function askedOf(bytes: Buffer): AskedFrame {
  const opcode = bytes.readUInt8(1);
  const keyStart = 24 + bytes.readUInt8(4);
  const keyEnd = keyStart + bytes.readUInt16BE(2);
  const opaque = bytes.readUInt32BE(12);
  return {
    opcode,
    opaque,
    key: bytes.toString('latin1', keyStart, keyEnd),
    value: bytes.toString('latin1', keyEnd, 24 + bytes.readUInt32BE(8)),
    reply(frame = {}) {
      const reply = replyFrame(0, { opcode, ...frame });
      reply.writeUInt32BE(frame.opaque ?? opaque, 12);
      return reply;
    },
  };
}

/** What a memcached that has every key answers. */
export function goodFrame(asked: AskedFrame): Buffer | undefined {
  const { key, opcode, reply } = asked;
  const hit = { extras: Buffer.alloc(4), value: `value of ${key}`, cas: 7n };
  if (opcode === OPCODES.get) return reply(hit);
  if (opcode === OPCODES.getQuietly) return reply({ ...hit, key });
  return greeting(asked) ?? reply();
}
