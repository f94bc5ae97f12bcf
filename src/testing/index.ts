/** Servers and clusters to test against, on loopback. */
export type { Credentials } from './auth-gate.ts';
export type { Server, ServerOptions } from './server.ts';
export { startServer } from './server.ts';
