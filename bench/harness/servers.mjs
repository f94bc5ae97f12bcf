import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { openConnections, waitFor } from './admin.mjs';

const HOST = '127.0.0.1';

/**
 * @typedef {object} Server
 * @property {'memcached' | 'redis'} kind
 * @property {{ host: string, port: number }} endpoint
 * @property {string | undefined} ca
 */

/** The servers of a run: real processes on loopback, each started when a case first needs it, ended by `close`. */
export class Servers {
  /** @type {Map<string, Promise<Server>>} */
  #started = new Map();
  /** @type {import('node:child_process').ChildProcess[]} */
  #processes = [];
  /** @type {string | undefined} */
  #directory;
  /** @type {Promise<{ cert: string, certPath: string, keyPath: string }> | undefined} */
  #certificate;

  constructor() {
    // By a signal, or a throw nobody caught, this process ends without `close`.
    process.once('exit', () => {
      for (const child of this.#processes) child.kill();
    });
  }

  /**
   * @param {import('./subjects.mjs').Subject['family']} family
   * @param {Pick<import('./cases.mjs').Case, 'nodes' | 'tls'>} test
   * @returns {Promise<Server[]>}
   */
  async for(family, { nodes, tls }) {
    const kind = family === 'redis' ? 'redis' : 'memcached';
    return Promise.all(Array.from({ length: nodes }, (_, n) => this.#server(kind, n, tls)));
  }

  async close() {
    await Promise.all(
      this.#processes.map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return undefined;
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.kill();
        return exited;
      }),
    );
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  /**
   * @param {Server['kind']} kind
   * @param {number} n
   * @param {boolean} secure
   */
  #server(kind, n, secure) {
    const id = `${kind} ${n} ${secure}`;
    const started = this.#started.get(id) ?? this.#start(kind, secure);
    this.#started.set(id, started);
    return started;
  }

  /**
   * @param {Server['kind']} kind
   * @param {boolean} secure
   * @returns {Promise<Server>}
   */
  async #start(kind, secure) {
    const port = await freePort();
    if (secure) this.#certificate ??= this.#makeCertificate();
    const certificate = secure ? await this.#certificate : undefined;
    const [command, args] =
      kind === 'redis' ? redisCommand(port, certificate) : memcachedCommand(port, certificate);
    const child = spawn(command, args, { stdio: 'ignore' });
    this.#processes.push(child);
    const failed = new Promise((_, reject) => {
      child.once('error', (cause) => reject(new Error(`${command} does not start`, { cause })));
      child.once('exit', (code) => reject(new Error(`${command} ended with code ${code}`)));
    });
    // Only a start is raced against it; an end after that is wanted.
    failed.catch(() => {});
    const server = { kind, endpoint: { host: HOST, port }, ca: certificate?.cert };
    await Promise.race([waitFor(() => openConnections(server)), failed]);
    return server;
  }

  async #makeCertificate() {
    this.#directory = await mkdtemp(join(tmpdir(), 'memfleet-bench-'));
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'memfleet bench' }], {
      keySize: 2048,
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: false },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: HOST },
          ],
        },
      ],
    });
    const certPath = join(this.#directory, 'cert.pem');
    const keyPath = join(this.#directory, 'key.pem');
    await writeFile(certPath, cert);
    await writeFile(keyPath, key, { mode: 0o600 });
    return { cert, certPath, keyPath };
  }
}

/**
 * @param {number} port
 * @param {{ certPath: string, keyPath: string } | undefined} certificate
 * @returns {[string, string[]]}
 */
function memcachedCommand(port, certificate) {
  const args = ['-l', HOST, '-p', String(port), '-m', '1024', '-t', '2', '-I', '4m', '-c', '8192'];
  // Started as root it refuses to run without being told as whom.
  if (process.getuid?.() === 0) args.push('-u', 'root');
  if (certificate !== undefined) {
    args.push('-Z', '-o', `ssl_chain_cert=${certificate.certPath},ssl_key=${certificate.keyPath}`);
  }
  return ['memcached', args];
}

/**
 * @param {number} port
 * @param {{ certPath: string, keyPath: string } | undefined} certificate
 * @returns {[string, string[]]}
 */
function redisCommand(port, certificate) {
  const args = ['--bind', HOST, '--save', '', '--appendonly', 'no', '--maxclients', '8192'];
  if (certificate === undefined) return ['redis-server', [...args, '--port', String(port)]];
  const { certPath, keyPath } = certificate;
  args.push(
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--tls-cert-file',
    certPath,
    '--tls-key-file',
    keyPath,
  );
  args.push('--tls-ca-cert-file', certPath, '--tls-auth-clients', 'no');
  return ['redis-server', args];
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}
