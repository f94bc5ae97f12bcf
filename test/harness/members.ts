/** Servers that each tell their own story of the cluster they are in, right or wrong. */
import { formatConfigReply } from '../../src/protocol/index.ts';
import { type ScriptedServer, startScripted } from './scripted-server.ts';

export interface Member extends AsyncDisposable {
  readonly id: string;
  readonly server: ScriptedServer;
  /** What it answers to `config get cluster`. */
  config: string;
}

/** A node or an endpoint. To `get` it answers with its own id. */
export async function startMember(config = 'ERROR\r\n'): Promise<Member> {
  const server = await startScripted(({ say, value }, { line, key }) => {
    if (line === 'config get cluster') say(member.config);
    else if (line.startsWith('get ') && key !== 'AmazonElastiCache:cluster') value(key, member.id);
    else say('END\r\n');
  });
  const member: Member = {
    id: server.endpoint,
    server,
    config,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return member;
}

/** A configuration of these nodes, each named by its address. */
export function configOf(version: number, ids: readonly string[]): string {
  const nodes = ids.map((id) => {
    const [address = '', port] = id.split(':');
    return { hostname: address, address, port: Number(port) };
  });
  return formatConfigReply({ version: BigInt(version), nodes }, 'config');
}

/** How often it was asked for its configuration. */
export function looksAt({ server }: Member): number {
  return server.asked.filter(({ line }) => line === 'config get cluster').length;
}
