import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A command as it came: its line, and the data block of a write. */
export interface Asked {
  readonly line: string;
  /** The key, or whatever the second word is. */
  readonly key: string;
  readonly data: string | undefined;
}

export interface ScriptedConnection {
  /** 0 for the first connection that was accepted. */
  readonly index: number;
  readonly socket: Socket;
  /** Sends bytes, one character a byte. */
  say(text: string): void;
  /** A hit, in the classic dialect. */
  value(key: string, value: string, flags?: number): void;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly endpoint: string;
  /** All connections so far, closed ones too. */
  readonly connections: readonly ScriptedConnection[];
  /** Commands after the handshakes. */
  readonly asked: readonly Asked[];
}

export interface ScriptOptions {
  /** Default `'127.0.0.1'`. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** A unix socket instead. */
  readonly path?: string;
  /** Instead of the handshake; without it `version` is answered as memcached does, the first time. */
  readonly onConnect?: (connection: ScriptedConnection) => void;
}

/** A server that does what the test says, right or wrong; for clients that name their `protocol`. */
export async function startScripted(
  script: (connection: ScriptedConnection, asked: Asked) => void,
  options: ScriptOptions = {},
): Promise<ScriptedServer> {
  const connections: ScriptedConnection[] = [];
  const all: Asked[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const connection: ScriptedConnection = {
      index: connections.length,
      socket,
      say: (text) => socket.write(text, 'latin1'),
      value: (key, value, flags = 0) =>
        socket.write(`VALUE ${key} ${flags} ${value.length}\r\n${value}\r\nEND\r\n`, 'latin1'),
    };
    connections.push(connection);
    socket.on('error', () => undefined);
    if (options.onConnect !== undefined) {
      options.onConnect(connection);
      return;
    }
    let greeted = false;
    readCommands(socket, (asked) => {
      if (!greeted && asked.line === 'version') {
        greeted = true;
        connection.say('VERSION 1.6.18\r\n');
        return;
      }
      all.push(asked);
      script(connection, asked);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.path === undefined) server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    else server.listen(options.path, resolve);
  });
  const { host = '127.0.0.1', path } = options;
  const port = path === undefined ? (server.address() as AddressInfo).port : 0;
  return {
    endpoint:
      path === undefined ? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`) : `unix:${path}`,
    connections,
    asked: all,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const { socket } of connections) socket.destroy();
      }),
  };
}

function readCommands(socket: Socket, take: (asked: Asked) => void): void {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\r\n'); end !== -1; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      const [verb = '', key = '', metaBytes, , bytes = ''] = line.split(' ');
      const stores = ['set', 'add', 'replace', 'append', 'prepend', 'cas', 'ms'].includes(verb);
      const after = end + 2 + (stores ? Number(verb === 'ms' ? metaBytes : bytes) + 2 : 0);
      if (text.length < after) return;
      const data = stores ? text.slice(end + 2, after - 2) : undefined;
      text = text.slice(after);
      take({ line, key, data });
    }
  });
}
