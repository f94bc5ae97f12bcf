import { connect, type Socket } from 'node:net';
import type { ClusterConfigSource } from '../embedded/engine.ts';
import type { Backend, BackendConnection, ReplySink } from './backend.ts';
import { ConfigSubstitution } from './config-substitution.ts';

/** Pipes to a server on 127.0.0.1. */
export class Upstream implements Backend {
  readonly #port: number;
  readonly #config: ClusterConfigSource | undefined;

  /** With `config`, commands that ask for the cluster's configuration are answered here. */
  constructor(port: number, config: ClusterConfigSource | undefined) {
    this.#port = port;
    this.#config = config;
  }

  open(client: ReplySink): BackendConnection {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const substitution = this.#config === undefined ? undefined : new ConfigSubstitution(this.#config);
    socket.on('data', (bytes) => {
      let writable = true;
      if (substitution === undefined) writable = client.reply(bytes);
      else for (const part of substitution.replies(bytes)) writable = client.reply(part);
      if (!writable) socket.pause();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => client.end());
    return pipeTo(socket, substitution);
  }
}

function pipeTo(socket: Socket, substitution: ConfigSubstitution | undefined): BackendConnection {
  const connection: BackendConnection = {
    request: (bytes) => socket.write(substitution === undefined ? bytes : substitution.request(bytes)),
    onWritable: () => undefined,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.destroy(),
  };
  socket.on('drain', () => connection.onWritable());
  return connection;
}
