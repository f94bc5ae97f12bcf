import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A certificate as PEM texts, and as files for the command line of a real memcached. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
/** What OpenSSL takes for a certificate that is out of date from the start. */
const EXPIRED_DAYS = '-1';

/** A certificate authority of a test's own, for certificates that are wrong on purpose. */
export class Authority {
  readonly #directory = mkdtempSync(join(tmpdir(), 'memfleet-authority-'));
  #issued = 0;

  constructor() {
    onTestFinished(() => rmSync(this.#directory, { recursive: true, force: true }));
    const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE'];
    const files = ['-keyout', this.#path('ca-key'), '-out', this.#path('ca')];
    openssl(['req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=authority', ...extensions, ...files]);
  }

  get ca(): string {
    return readFileSync(this.#path('ca'), 'utf8');
  }

  /** A certificate for one name, which may have a `*`. */
  issue(name: string, validity: 'valid' | 'expired' = 'valid'): Certificate {
    this.#issued++;
    const certFile = this.#path(`cert-${this.#issued}`);
    const keyFile = this.#path(`key-${this.#issued}`);
    const request = this.#path('request');
    const extensions = this.#path('extensions');
    writeFileSync(extensions, `subjectAltName=DNS:${name}\n`);
    openssl(['req', '-new', ...NEW_KEY, '-subj', '/CN=node', '-keyout', keyFile, '-out', request]);
    const signer = ['-CA', this.#path('ca'), '-CAkey', this.#path('ca-key'), '-CAcreateserial'];
    const days = validity === 'valid' ? '2' : EXPIRED_DAYS;
    openssl([
      'x509',
      '-req',
      '-in',
      request,
      ...signer,
      '-days',
      days,
      '-extfile',
      extensions,
      '-out',
      certFile,
    ]);
    return {
      cert: readFileSync(certFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
      certFile,
      keyFile,
    };
  }

  #path(name: string): string {
    return join(this.#directory, `${name}.pem`);
  }
}

function openssl(args: readonly string[]): void {
  const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`openssl ${args[0]}: ${stderr}`);
}
