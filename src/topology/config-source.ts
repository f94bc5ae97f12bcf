/** Whom to ask for the configuration, and how each is best asked. */
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { type ConfigAnswer, requestConfig } from './config-request.ts';
import { requestFromEndpoint } from './endpoint-request.ts';

export interface ConfigSource {
  /** `host:port` of the endpoint or node. */
  readonly id: string;
  readonly isEndpoint: boolean;
  readonly connection: ConnectionOptions;
}

export class ConfigSources {
  /** Those who have the configuration under the key of old nodes alone: they are asked for that first. */
  readonly #legacy = new Set<string>();

  /** @throws see {@link requestConfig}. */
  async ask(source: ConfigSource, timeoutMs: number, signal: AbortSignal): Promise<ConfigAnswer> {
    const { connection, id, isEndpoint } = source;
    const request = isEndpoint ? requestFromEndpoint : requestConfig;
    const answer = await request(connection, this.#legacy.has(id), timeoutMs, signal);
    if (answer.kind === 'config') {
      if (answer.legacy) this.#legacy.add(id);
      else this.#legacy.delete(id);
    }
    return answer;
  }

  /** Forgets all but these: a cluster may change its nodes for years. */
  keep(ids: readonly string[]): void {
    for (const id of this.#legacy) if (!ids.includes(id)) this.#legacy.delete(id);
  }
}
