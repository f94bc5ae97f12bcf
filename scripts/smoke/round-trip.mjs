/** A value goes to a server and comes back, with nothing but the installed package. */
import assert from 'node:assert/strict';
import { createClient } from 'memfleet';
import { startServer } from 'memfleet/testing';

const server = await startServer();
const client = createClient(server.endpoint);
assert.equal(await client.set('greeting', { text: 'hello' }, { ttl: 60 }), true);
assert.deepEqual(await client.get('greeting'), { text: 'hello' });
assert.equal(await client.get('absent'), undefined);
await client.close();
await server.close();
