import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';

export interface SaslServer extends AsyncDisposable {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** What Cyrus SASL takes a user without a realm to be of is this host; tests name theirs. */
interface SaslUser {
  /** `name@realm`. */
  readonly username: string;
  readonly password: string;
}

/**
 * Starts a real `memcached -S`, which knows one user.
 *
 * @param mechanisms those it offers; default PLAIN.
 */
export async function startSasl({ password, username }: SaslUser, mechanisms = 'plain'): Promise<SaslServer> {
  const directory = mkdtempSync(join(tmpdir(), 'memfleet-sasl-'));
  const database = join(directory, 'sasldb');
  const forget = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    const [name = '', realm = ''] = username.split('@');
    execFileSync('saslpasswd2', ['-p', '-c', '-f', database, '-a', 'memcached', '-u', realm, name], {
      input: password,
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
    const config = `mech_list: ${mechanisms}\npwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${database}\n`;
    writeFileSync(join(directory, 'memcached.conf'), config);
    const memcached = await startMemcached(undefined, ['-S'], { SASL_CONF_PATH: directory });
    const stop = async (): Promise<void> => {
      await memcached.stop();
      forget();
    };
    return { endpoint: `127.0.0.1:${memcached.port}`, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    forget();
    throw error;
  }
}
