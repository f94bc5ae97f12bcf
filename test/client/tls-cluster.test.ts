import type { LookupFunction } from 'node:net';
import type { ConnectionOptions as TlsOptions, TlsOptions as TlsServerOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { ConnectionError, createClient, type MemcachedClient, TlsError } from '../../src/index.ts';
import { formatConfig } from '../../src/testing/cluster/published-config.ts';
import { startEmbedded } from '../../src/testing/embedded/server.ts';
import { type Server, startCluster, startServer } from '../../src/testing/index.ts';
import { Authority } from '../harness/authority.ts';
import { keyOf, opened } from '../harness/follow.ts';
import { ca, cert, key } from '../harness/tls.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';

const DOMAIN = 'c.abc123.use1.cache.test';
const WILDCARD = `*.${DOMAIN}`;

const atLoopback: LookupFunction = (_name, _options, answer) =>
  answer(null, [{ address: '127.0.0.1', family: 4 }]);

function failureOf(client: MemcachedClient, name: string): Promise<unknown> {
  return client.get(name).then(
    (value) => value,
    (error: unknown) => error,
  );
}

describe('of nodes with TLS', () => {
  test('one with a bad certificate is down, with what is bad about it; the others serve', async () => {
    const authority = new Authority();
    const stranger = new Authority();
    const good = authority.issue(WILDCARD);
    const certificates = [
      [good, undefined],
      [authority.issue(WILDCARD, 'expired'), /certificate has expired/],
      [
        authority.issue('*.another.test'),
        /certificate is for other names than the one it is asked by.*altnames/,
      ],
      [stranger.issue(WILDCARD), /an authority that is not known here: give it as tls\.ca/],
    ] as const;
    const servers = await Promise.all(certificates.map(([tls]) => startServer({ tls })));
    const ids = servers.map(({ port }, i) => `000${i + 1}.${DOMAIN}:${port}`);
    const client = opened(createClient(ids, { lookup: atLoopback, tls: { ca: authority.ca } }));
    for (const [i, [, message]] of certificates.entries()) {
      const id = ids[i] as string;
      const mine = keyOf(client, { id });
      if (message === undefined) expect(await client.set(mine, i)).toBe(true);
      else {
        const failure = await failureOf(client, mine);
        expect(failure).toBeInstanceOf(TlsError);
        expect(failure).toMatchObject({ message: expect.stringMatching(message), node: id });
      }
    }
    expect(client.snapshot().nodes.map(({ health }) => health === 'up')).toEqual([true, false, false, false]);
    expect(await client.get(keyOf(client, { id: ids[0] as string }))).toBe(0);
    await Promise.all(servers.map((server) => server.close()));
  });

  test('one with a bad certificate is tried again after a minute at most, not after half of one', async () => {
    const time = VirtualTime.begin();
    const authority = new Authority();
    const dials: number[] = [];
    const lookup: LookupFunction = (...args) => {
      dials.push(performance.now());
      atLoopback(...args);
    };
    await using server = await startServer({ tls: authority.issue('another.test') });
    const client = opened(
      createClient([`0001.${DOMAIN}:${server.port}`], { ...PATIENT, lookup, tls: { ca: authority.ca } }),
    );
    await client.get('a').catch(() => undefined);
    await time.pass(600_000, 1_000);
    const waits = dials.slice(1).map((at, i) => at - (dials[i] as number));
    // 30 s, and half as much for jitter, is the longest for other failures.
    expect(Math.max(...waits)).toBeGreaterThan(46_000);
    expect(Math.max(...waits)).toBeLessThan(95_000);
  });

  test('each is asked by its own name, which its certificate is checked for, at whatever address', async () => {
    const authority = new Authority();
    const asked: string[] = [];
    const SNICallback: TlsServerOptions['SNICallback'] = (name, answer) => {
      asked.push(name);
      answer(null);
    };
    const tls = { ...authority.issue(WILDCARD), SNICallback };
    const port = await freePort();
    await using node = await startEmbedded({ port, tls }, (legacy) =>
      formatConfig({ version: 1, nodes: [{ hostname: `0001.${DOMAIN}`, ip: '127.0.0.1', port }] }, legacy),
    );
    // The name of the node does not resolve: its address, which is known, is dialled.
    const lookup: LookupFunction = (name, options, answer) => {
      if (name.startsWith('0001.')) answer(Object.assign(new Error(name), { code: 'ENOTFOUND' }), []);
      else atLoopback(name, options, answer);
    };
    const client = opened(
      createClient(
        { configurationEndpoint: `cfg.${DOMAIN}:${node.port}` },
        { lookup, tls: { ca: authority.ca } },
      ),
    );
    expect(await client.set('a', 1)).toBe(true);
    expect(asked).toEqual([`cfg.${DOMAIN}`, `0001.${DOMAIN}`]);
  });

  test('whose names cannot be resolved for a while are reached where they were last', async () => {
    await using cluster = await startCluster({ nodes: 2, engine: 'embedded', tls: { cert, key } });
    let isDown = false;
    const lookup: LookupFunction = (name, options, answer) => {
      if (isDown) answer(Object.assign(new Error(name), { code: 'EAI_AGAIN' }), []);
      else cluster.lookup(name, options, answer);
    };
    const client = opened(
      createClient({ configurationEndpoint: cluster.configurationEndpoint }, { lookup, tls: { ca } }),
    );
    await client.ready();
    expect(client.topology?.nodes.map(({ address }) => address)).toEqual([undefined, undefined]);
    await client.version();
    isDown = true;
    for (const node of cluster.nodes) node.reset();
    await expect
      .poll(() => client.snapshot().nodes.map(({ connectionsOpened }) => connectionsOpened))
      .toEqual([2, 2]);
    expect((await client.version()).size).toBe(2);
  });

  test('an address that was given to a node of another cluster is refused by its certificate', async () => {
    const ours = new Authority();
    await using node = await startServer({ tls: ours.issue('*.another.abc123.use1.cache.test') });
    const client = opened(
      createClient([`0001.${DOMAIN}:${node.port}`], { lookup: atLoopback, tls: { ca: ours.ca } }),
    );
    expect(await failureOf(client, 'a')).toMatchObject({
      message: expect.stringContaining('for other names'),
    });
  });
});

describe('certificates that are replaced in the tls option', () => {
  test('of the authority: connections that are open stay, later ones use the new one', async () => {
    const old = new Authority();
    const next = new Authority();
    let server = await startServer({ tls: old.issue(WILDCARD) });
    const { port } = server;
    const tls: TlsOptions = { ca: old.ca };
    const client = opened(createClient([`0001.${DOMAIN}:${port}`], { lookup: atLoopback, tls }));
    expect(await client.set('a', 1)).toBe(true);
    tls.ca = next.ca;
    expect(await client.get('a'), 'on the connection that is open').toBe(1);
    await server.close();
    server = await startServer({ port, tls: next.issue(WILDCARD) });
    await expect
      .poll(() => client.set('a', 2).catch((error: unknown) => error), { timeout: 5_000 })
      .toBe(true);
    await server.close();
  });

  test('of the client, for a server that asks for one', async () => {
    const authority = new Authority();
    const tls: TlsOptions = { ca: authority.ca };
    const { cert: mine, key: mineToo } = authority.issue('client');
    await using server = await startServer({
      tls: { ...authority.issue(WILDCARD), ca: authority.ca, requestCert: true, rejectUnauthorized: true },
    });
    const client = opened(createClient([`0001.${DOMAIN}:${server.port}`], { lookup: atLoopback, tls }));
    const failure = await failureOf(client, 'a');
    // The alert that says so may be overtaken by the end of the connection.
    if (failure instanceof TlsError) expect(failure.message).toContain('give it as tls.cert and tls.key');
    else expect(failure).toBeInstanceOf(ConnectionError);
    Object.assign(tls, { cert: mine, key: mineToo });
    await expect
      .poll(() => client.set('a', 1).catch((error: unknown) => error), { timeout: 5_000 })
      .toBe(true);
  });

  test('by what is none: that is told, nothing crashes, and the next one is used', async () => {
    const authority = new Authority();
    let server: Server = await startServer({ tls: authority.issue(WILDCARD) });
    const { port } = server;
    const tls: TlsOptions = { ca: authority.ca };
    const client = opened(createClient([`0001.${DOMAIN}:${port}`], { lookup: atLoopback, tls }));
    expect(await client.set('a', 1)).toBe(true);
    tls.cert = 'half a certifi';
    await server.close();
    server = await startServer({ port, tls: authority.issue(WILDCARD) });
    await expect
      .poll(() => failureOf(client, 'a'))
      .toMatchObject({
        code: 'ERR_MEMFLEET_NODE_DOWN',
        cause: expect.any(TlsError),
      });
    delete tls.cert;
    await expect
      .poll(() => client.set('a', 1).catch((error: unknown) => error), { timeout: 5_000 })
      .toBe(true);
    await server.close();
  });
});

async function freePort(): Promise<number> {
  const server = await startServer();
  await server.close();
  return server.port;
}
