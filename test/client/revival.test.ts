import { once } from 'node:events';
import { expect, test } from 'vitest';
import { clientOf } from '../harness/client-of.ts';
import { startScripted } from '../harness/scripted-server.ts';

test('a node that comes and goes is asked less and less often', async () => {
  let serves = true;
  const probes: number[] = [];
  await using server = await startScripted(() => undefined, {
    onConnect: (connection) => {
      probes.push(performance.now());
      if (!serves) connection.socket.destroy();
      connection.socket.on('data', (chunk) => {
        connection.say(chunk.toString().startsWith('version') ? 'VERSION 1.6.18\r\n' : 'END\r\n');
      });
    },
  });
  const client = clientOf(server);
  await client.get('a');
  for (let revivals = 0; ; revivals++) {
    // It ends what it has, refuses the next connection, and takes the one after that.
    serves = false;
    const down = once(client, 'nodeDown');
    server.connections.at(-1)?.socket.destroy();
    await down;
    const downAt = performance.now();
    serves = true;
    const asked = probes.length;
    await once(client, 'nodeUp');
    // The wait of the fourth is 2.25 times as long, which jitter cannot hide.
    if (revivals === 4) {
      expect((probes[asked] as number) - downAt).toBeGreaterThan(1_000);
      return;
    }
    await client.get('a');
  }
});
