import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { listen } from '../embedded/server.ts';
import type { FaultControls } from './cluster-node.ts';
import type { ConfigurationBackend } from './configuration-backend.ts';
import { FaultProxy } from './fault-proxy.ts';

/** The configuration endpoint of a {@link Cluster}, with the faults it can be given. */
export interface ConfigurationEndpoint extends FaultControls {
  /** Has the label `.cfg.`; the cluster's `lookup` resolves it. */
  readonly hostname: string;
  readonly port: number;
  /** `'127.0.0.1:port'`. */
  readonly address: string;
}

const HOST = '127.0.0.1';

export class ProxiedEndpoint implements ConfigurationEndpoint {
  readonly hostname: string;
  readonly #proxy: FaultProxy;
  readonly #backend: ConfigurationBackend;
  #port = 0;

  constructor(hostname: string, backend: ConfigurationBackend, tls: SecureContextOptions | undefined) {
    this.hostname = hostname;
    this.#backend = backend;
    this.#proxy = new FaultProxy(tls);
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#proxy.isOpen) return;
    await this.#proxy.open(this.#backend, async (server) => {
      await listen(server, HOST, this.#port);
      this.#port = (server.address() as AddressInfo).port;
    });
  }

  stop(): Promise<void> {
    return this.#proxy.close();
  }

  hang(): void {
    this.#proxy.hang();
  }

  resume(): void {
    this.#proxy.resume();
  }

  slow(ms: number): void {
    this.#proxy.slow(ms);
  }

  dropMidReply(): void {
    this.#proxy.spoilNextReply('cut');
  }

  corrupt(): void {
    this.#proxy.spoilNextReply('garbage');
  }

  reset(): void {
    this.#proxy.reset();
  }
}
