import { writeFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { expect, onTestFinished } from 'vitest';
import { type ClientOptions, createClient, NodeDownError, TlsError } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { formatConfig } from '../../src/testing/cluster/published-config.ts';
import { startEmbedded } from '../../src/testing/embedded/server.ts';
import { startServer } from '../../src/testing/index.ts';
import { Authority, type Certificate } from '../harness/authority.ts';
import { keyOf, nodeAt, opened } from '../harness/follow.ts';
import { oracleLookup } from '../harness/oracle.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { ca } from '../harness/tls.ts';
import { Wire } from '../testing/wire.ts';
import { BOTH, fault } from './fault.ts';
import type { FaultGround } from './fault-ground.ts';
import { ms, now } from './figure.ts';

const CONNECT_MS = 500;

/** A node with TLS and a certificate of its own, which can be changed while it runs. */
interface TlsNode {
  readonly port: number;
  renew(certificate: Certificate): Promise<void>;
}

async function startTlsNode(ground: FaultGround, certificate: Certificate): Promise<TlsNode> {
  return ground.engine === 'embedded' ? embeddedNode(certificate) : realNode(certificate);
}

async function embeddedNode(certificate: Certificate): Promise<TlsNode> {
  let current = certificate;
  const server = await startServer({
    tls: { ...certificate, SNICallback: (_, answer) => answer(null, createSecureContext(current)) },
  });
  onTestFinished(() => server.close());
  return {
    port: server.port,
    renew: async (renewed) => {
      current = renewed;
    },
  };
}

async function realNode({ certFile, keyFile }: Certificate): Promise<TlsNode> {
  const files = `ssl_chain_cert=${certFile},ssl_key=${keyFile}`;
  const memcached = await startMemcached(undefined, ['-Z', '-o', files]);
  onTestFinished(() => memcached.stop());
  return {
    port: memcached.port,
    renew: async (renewed) => {
      writeFileSync(certFile, renewed.cert);
      writeFileSync(keyFile, renewed.key);
      await using wire = await Wire.open(`127.0.0.1:${memcached.port}`, { rejectUnauthorized: false });
      expect(await wire.ask('refresh_certs\r\n')).toBe('OK\r\n');
    },
  };
}

/** How a first call fails, and after how long. */
async function failureOf(
  target: string,
  options: ClientOptions,
): Promise<{ error: Error & { code?: string }; tookMs: number }> {
  const client = opened(
    createClient(target, { connectTimeoutMs: CONNECT_MS, requestTimeoutMs: 10_000, ...options }),
  );
  const startedAt = now();
  const error = await client.get('a').then(
    () => new Error('It was answered'),
    (reason: Error) => reason,
  );
  return { error, tookMs: now() - startedAt };
}

fault(
  {
    number: 44,
    name: 'A client with TLS and a server without, and the other way round; one that then stays silent',
    behaviour: 'an error that names the `tls` option, when the connection fails or its time-out passes',
    engines: BOTH,
  },
  async (ground) => {
    const plain = await ground.cluster(1);
    const { ip, port } = nodeAt(plain, 0);
    const secure = await startTlsNode(ground, new Authority().issue('localhost'));
    await using silent = await startScripted(() => undefined, { onConnect: () => undefined });
    const towardsPlain = await failureOf(`${ip}:${port}`, { tls: { ca } });
    const towardsTls = await failureOf(`127.0.0.1:${secure.port}`, {});
    const towardsSilence = await failureOf(silent.endpoint, {});
    expect(towardsPlain.error).toBeInstanceOf(TlsError);
    for (const { error, tookMs } of [towardsPlain, towardsTls, towardsSilence]) {
      expect(error.message).toMatch(/\btls\b/i);
      expect(error.code).toMatch(/_(TLS|CONNECTION|TIMEOUT)$/);
      expect(tookMs).toBeLessThan(CONNECT_MS * 4);
    }
    return `with TLS to plain ${ms(towardsPlain.tookMs)}, plain to TLS ${ms(towardsTls.tookMs)}, plain to silence ${ms(towardsSilence.tookMs)} (time-out ${CONNECT_MS} ms)`;
  },
);

fault(
  {
    number: 45,
    name: 'Certificates: expired, of another name, of an unknown authority; renewed while clients run',
    behaviour:
      'that node alone is down, with a `TlsError`, and back once its certificate is right; a renewal costs no call',
    engines: BOTH,
  },
  async (ground) => {
    const [authority, unknown] = [new Authority(), new Authority()];
    const right = authority.issue('*.cluster.test');
    const wrong = {
      expired: authority.issue('*.cluster.test', 'expired'),
      'other name': authority.issue('*.elsewhere.test'),
      'unknown authority': unknown.issue('*.cluster.test'),
    };
    const figures: string[] = [];
    const good = await startTlsNode(ground, right);
    const bad = await startTlsNode(ground, authority.issue('*.cluster.test'));
    const nodes = [`0001.cluster.test:${good.port}`, `0002.cluster.test:${bad.port}`];
    const options = {
      connectTimeoutMs: 5_000,
      requestTimeoutMs: 5_000,
      tls: { ca: authority.ca },
      lookup: oracleLookup,
    };
    for (const [name, certificate] of Object.entries(wrong)) {
      await bad.renew(certificate);
      const client = opened(createClient(nodes, options));
      const [served, refused] = nodes.map((id) => keyOf(client, { id })) as [string, string];
      await expect(client.get(refused)).rejects.toThrow(TlsError);
      await expect(client.get(refused)).rejects.toThrow(NodeDownError);
      expect(await client.set(served, name)).toBe(true);
      await bad.renew(right);
      const rightAt = now();
      await expect
        .poll(() => client.set(refused, 1).catch((error: unknown) => error), { timeout: 10_000 })
        .toBe(true);
      figures.push(`${name} ${ms(now() - rightAt)}`);
      await client.close();
    }
    const client = opened(createClient(nodes, options));
    await client.version();
    await good.renew(authority.issue('*.cluster.test'));
    await client.version();
    for (const { connectionsOpened } of client.snapshot().nodes) expect(connectionsOpened).toBe(1);
    return `back after the right certificate: ${figures.join(', ')}; renewal: 0 connections lost`;
  },
);

const NODES = 3;

fault(
  {
    number: 46,
    name: 'TLS nodes `0001.…` listed as `host||port`, or with an IP; clients told to dial by IP',
    behaviour: 'each node is called by its own name, in SNI and in the check of its certificate',
  },
  async () => {
    const authority = new Authority();
    const certificate = authority.issue('*.cluster.test');
    const called: string[] = [];
    const SNICallback = (name: string, answer: (error: null) => void): void => {
      called.push(name);
      answer(null);
    };
    const servers = await Promise.all(
      Array.from({ length: NODES }, () => startServer({ tls: { ...certificate, SNICallback } })),
    );
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.close()));
    });
    const names = servers.map((_, i) => `${String(i + 1).padStart(4, '0')}.cluster.test`);
    let connections = 0;
    for (const [ip, connectTo] of [
      ['', 'hostname'],
      ['', 'ip'],
      ['127.0.0.1', 'ip'],
    ] as const) {
      called.length = 0;
      const nodes = servers.map(({ port }, i) => ({ hostname: names[i] as string, ip, port }));
      await using endpoint = await startEmbedded({ tls: certificate }, (legacy) =>
        formatConfig({ version: 1, nodes }, legacy),
      );
      const client = opened(
        createClient(
          { configurationEndpoint: `endpoint.cluster.test:${endpoint.port}` },
          {
            connectTimeoutMs: 10_000,
            requestTimeoutMs: 10_000,
            tls: { ca: authority.ca },
            lookup: oracleLookup,
            discovery: { connectTo, timeoutMs: 10_000 },
          },
        ),
      );
      await client.ready({ timeoutMs: 5_000 });
      expect((await client.version()).size).toBe(NODES);
      expect(called.toSorted()).toEqual(names);
      connections += called.length;
      await client.close();
    }
    return `${connections} of ${connections} connections named their node in SNI, by name and by IP`;
  },
);
