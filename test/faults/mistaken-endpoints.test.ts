import { expect, onTestFinished } from 'vitest';
import { createClient, DiscoveryError } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { Authority } from '../harness/authority.ts';
import { opened } from '../harness/follow.ts';
import { followOracle, listing, oracleLookup, startEndpoint, startNodes } from '../harness/oracle.ts';
import { BOTH, fault } from './fault.ts';
import { endpointOf, type FaultGround } from './fault-ground.ts';
import { count, ms, now } from './figure.ts';

async function plainServer(ground: FaultGround): Promise<string> {
  const [process] = ground.engine === 'memcached' ? await ground.processes(1) : [];
  if (process !== undefined) return endpointOf(process);
  const server = await startServer();
  onTestFinished(() => server.close());
  return server.endpoint;
}

fault(
  {
    number: 26,
    name: 'A plain memcached is given as the configuration endpoint',
    behaviour: 'calls reject at once with what is wrong; with `ignoreClusterErrors` it is the one server',
    engines: BOTH,
  },
  async (ground) => {
    const configurationEndpoint = await plainServer(ground);
    const client = opened(createClient({ configurationEndpoint }, { requestTimeoutMs: 10_000 }));
    const startedAt = now();
    const error = await client.get('a').catch((reason: unknown) => reason);
    const tookMs = now() - startedAt;
    expect(error).toBeInstanceOf(DiscoveryError);
    expect((error as Error).message).toMatch(/does not answer config get cluster .*ignoreClusterErrors/);
    expect(tookMs).toBeLessThan(5_000);
    const forgiving = opened(
      createClient({ configurationEndpoint }, { discovery: { ignoreClusterErrors: true } }),
    );
    expect(await forgiving.set('a', 1)).toBe(true);
    await forgiving.refresh();
    expect(await forgiving.get('a')).toBe(1);
    expect(forgiving.topology).toMatchObject({ nodes: [{ id: configurationEndpoint }] });
    return `told after ${ms(tookMs)}`;
  },
);

fault(
  {
    number: 27,
    name: 'A Serverless address is given, which knows no configuration',
    behaviour: 'known by its name: one server over TLS, never asked for a configuration',
  },
  async () => {
    const authority = new Authority();
    const hostname = 'cache-abc123.serverless.use1.cache.amazonaws.com';
    await using server = await startServer({ tls: authority.issue(hostname) });
    const client = opened(
      createClient(`${hostname}:${server.port}`, { tls: { ca: authority.ca }, lookup: oracleLookup }),
    );
    for (let i = 0; i < 100; i++) expect(await client.set(`key:${i}`, i)).toBe(true);
    expect(client.topology).toMatchObject({ source: { kind: 'static' }, nodes: [{ host: hostname }] });
    expect(client.snapshot().discovery).toBeUndefined();
    const { total_connections } = server.stats();
    expect(total_connections).toBe('1');
    return `100 writes over ${total_connections} connection, 0 looks`;
  },
);

const CALLS = 1_000;

fault(
  {
    number: 28,
    name: "A Memorystore endpoint, which refuses data, and nodes that don't know the configuration",
    behaviour: 'each is asked only for what it has',
  },
  async () => {
    const endpoint = await startEndpoint();
    const nodes = await startNodes(3);
    endpoint.says = listing(1, nodes);
    for (const node of nodes) node.says = 'ERROR\r\n';
    const client = followOracle(endpoint, { discovery: { mode: 'memorystore' } });
    for (let i = 0; i < CALLS; i++) {
      expect(await client.get(`key:${i}`)).toBe(`key:${i}`);
      if (i % 50 === 0) await client.refresh();
    }
    expect(endpoint.data).toEqual([]);
    expect(nodes.map(({ looks }) => looks)).toEqual([0, 0, 0]);
    return `0 of ${count(CALLS)} calls and ${endpoint.looks} looks went astray`;
  },
);
