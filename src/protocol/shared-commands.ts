/** The commands that both text dialects write alike. */
import type {
  AuthCommand,
  ConfigGetCommand,
  FlushAllCommand,
  NoopCommand,
  StatsCommand,
  VersionCommand,
} from './command.ts';
import type { RequestWriter } from './request-writer.ts';

type SharedCommand =
  | FlushAllCommand
  | VersionCommand
  | StatsCommand
  | NoopCommand
  | ConfigGetCommand
  | AuthCommand;

export function encodeShared(command: SharedCommand, out: RequestWriter): void {
  switch (command.kind) {
    case 'flushAll':
      out.text += command.delay === 0 ? 'flush_all\r\n' : `flush_all ${command.delay}\r\n`;
      return;
    case 'version':
      out.text += 'version\r\n';
      return;
    case 'stats':
      out.text += command.section === '' ? 'stats\r\n' : `stats ${command.section}\r\n`;
      return;
    case 'noop':
      out.text += 'mn\r\n';
      return;
    case 'configGet':
      // Nodes older than 1.4.14 keep the configuration under a key of this name.
      out.text += command.legacy ? 'get AmazonElastiCache:cluster\r\n' : 'config get cluster\r\n';
      return;
    case 'auth': {
      // memcached's doc/protocol.txt, "Authentication": "The key, flags, exptime are ignored. The
      // data block is: <username> <password>".
      const credentials = `${command.username} ${command.password}`;
      out.text += `set auth 0 0 ${credentials.length}\r\n${credentials}\r\n`;
      return;
    }
  }
}
