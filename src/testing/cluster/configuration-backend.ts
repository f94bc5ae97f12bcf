import type { Backend, BackendConnection, ReplySink } from './backend.ts';
import { CONFIG_COMMAND, formatConfig, LEGACY_CONFIG_COMMAND, type Publication } from './published-config.ts';

export interface ConfigurationBackendOptions {
  readonly publication: () => Publication;
  /** Chooses the node a connection with data commands goes to; `undefined` when there is none. */
  readonly nextNode: () => Backend | undefined;
}

/**
 * The configuration endpoint. On ElastiCache it is a name for all nodes, so it takes data commands too:
 * the first one settles the connection on a node. Until then it is answered here, nodes or not.
 */
export class ConfigurationBackend implements Backend {
  readonly #options: ConfigurationBackendOptions;

  constructor(options: ConfigurationBackendOptions) {
    this.#options = options;
  }

  open(client: ReplySink): BackendConnection {
    const { nextNode } = this.#options;
    let node: BackendConnection | undefined;
    let unfinished = '';
    const connection: BackendConnection = {
      request: (bytes) => {
        if (node !== undefined) return node.request(bytes);
        const rest = this.#answer(unfinished + bytes.toString('latin1'), client);
        unfinished = rest;
        if (rest === '' || this.#mayBecomeOurs(rest)) return true;
        node = nextNode()?.open(client);
        if (node === undefined) {
          client.end();
          return true;
        }
        node.onWritable = () => connection.onWritable();
        return node.request(Buffer.from(rest, 'latin1'));
      },
      onWritable: () => undefined,
      pause: () => node?.pause(),
      resume: () => node?.resume(),
      close: () => node?.close(),
    };
    return connection;
  }

  /** Answers the commands known here, and returns what follows them. */
  #answer(text: string, client: ReplySink): string {
    let rest = text;
    for (let command = this.#commandOf(rest); command !== undefined; command = this.#commandOf(rest)) {
      client.reply(this.#replyTo(command));
      rest = rest.slice(command.length);
    }
    return rest;
  }

  #commandOf(text: string): string | undefined {
    return COMMANDS.find((command) => text.startsWith(command));
  }

  #mayBecomeOurs(text: string): boolean {
    return COMMANDS.some((command) => command.startsWith(text));
  }

  #replyTo(command: string): Buffer {
    const { publication } = this.#options;
    switch (command) {
      case VERSION_COMMAND:
        return VERSION_REPLY;
      case NOOP_COMMAND:
        return Buffer.from('MN\r\n');
      default:
        return formatConfig(publication(), command === LEGACY_CONFIG_COMMAND);
    }
  }
}

const VERSION_COMMAND = 'version\r\n';
const VERSION_REPLY: Buffer = Buffer.from('VERSION 1.6.18\r\n');
const NOOP_COMMAND = 'mn\r\n';
const COMMANDS = [CONFIG_COMMAND, LEGACY_CONFIG_COMMAND, VERSION_COMMAND, NOOP_COMMAND];
