import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function path(name: string): string {
  return fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
}

/** Paths of the test certificate, for the command line of a real memcached. */
export const certFile: string = path('cert');
export const keyFile: string = path('key');

/** The same as PEM texts; the certificate is for `localhost`, `127.0.0.1` and the nodes of test clusters. */
export const ca: string = readFileSync(path('ca'), 'utf8');
export const cert: string = readFileSync(certFile, 'utf8');
export const key: string = readFileSync(keyFile, 'utf8');
