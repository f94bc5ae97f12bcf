/**
 * What each ring costs and does: how evenly it spreads keys, how many it moves, how long a key takes.
 *
 *   npm run rings
 */
import Table from 'cli-table3';
import { RING_NAMES, type RingName, ringByName } from '../src/topology/ring/by-name.ts';
import type { RingNode } from '../src/topology/ring/ring.ts';

const KEYS = Array.from({ length: 50_000 }, (_, i) => `:1:user:${i}:profile`);
const SIZES = [3, 5, 20];
const LOOKUPS = 200_000;

/** Nodes as ElastiCache names them; `byAddress` as with `ringKey: 'ip'`. */
function cluster(size: number, byAddress = false): RingNode[] {
  return Array.from({ length: size }, (_, i) => {
    const address = `10.0.${i + 1}.17`;
    const host = `mycluster.abc123.${String(i + 1).padStart(4, '0')}.use1.cache.amazonaws.com`;
    return { host: byAddress ? address : host, port: 11_211, weight: 1, address };
  });
}

function ownersOf(name: RingName, nodes: readonly RingNode[]): string[] {
  const locate = ringByName(name)(nodes);
  const ids = nodes.map(({ host }) => host);
  return KEYS.map((key) => ids[locate(key)] as string);
}

/** The keys of the fullest node, as a multiple of the even share. */
function fullest(name: RingName, size: number): string {
  const counts = new Map<string, number>();
  for (const owner of ownersOf(name, cluster(size))) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return ((Math.max(...counts.values()) * size) / KEYS.length).toFixed(2);
}

/** The share of keys that are on another node after a change. */
function moved(before: readonly string[], after: readonly string[]): string {
  const count = after.filter((owner, i) => owner !== before[i]).length;
  return `${Math.round((count / KEYS.length) * 100)} %`;
}

function withoutSecond(nodes: readonly RingNode[]): RingNode[] {
  return nodes.filter((_, i) => i !== 1);
}

/** Its machine is another: the name stays, the address does not. */
function secondReplaced(nodes: readonly RingNode[], byAddress: boolean): RingNode[] {
  const address = '10.0.99.99';
  return nodes.map((node, i) =>
    i === 1 ? { ...node, host: byAddress ? address : node.host, address } : node,
  );
}

/** The node that takes another's place counts as the same: its keys are gone, but on the others none need be. */
function movedByReplacement(name: RingName, byAddress: boolean): string {
  const before = cluster(5, byAddress);
  const after = secondReplaced(before, byAddress);
  const place = (nodes: readonly RingNode[]): number[] => KEYS.map(ringByName(name)(nodes));
  const [old, now] = [place(before), place(after)];
  return `${Math.round((now.filter((owner, i) => owner !== old[i]).length / KEYS.length) * 100)} %`;
}

/** The best of a few rounds, in time of the processor: what else runs on the machine counts less so. */
function nanoseconds(name: RingName, size: number): string {
  const locate = ringByName(name)(cluster(size));
  const rounds = Array.from({ length: 4 }, () => {
    const start = process.cpuUsage();
    let sum = 0;
    for (let i = 0; i < LOOKUPS; i++) sum += locate(KEYS[i % KEYS.length] as string);
    if (sum < 0) throw new Error('No index is below 0');
    return (process.cpuUsage(start).user * 1000) / LOOKUPS;
  });
  return Math.round(Math.min(...rounds)).toString();
}

const table = new Table({
  head: [
    'ring',
    ...SIZES.map((size) => `fullest\nof ${size}`),
    '5 to 6\nmoves',
    '5 to 4\nmoves',
    'replaced,\nby name',
    'replaced,\nby ip',
    ...SIZES.map((size) => `ns a key,\n${size} nodes`),
  ],
  style: { head: [], border: [] },
  colAligns: ['left'],
});
for (const name of RING_NAMES) {
  const five = ownersOf(name, cluster(5));
  table.push([
    name,
    ...SIZES.map((size) => fullest(name, size)),
    moved(five, ownersOf(name, cluster(6))),
    moved(five, ownersOf(name, withoutSecond(cluster(5)))),
    movedByReplacement(name, false),
    movedByReplacement(name, true),
    ...SIZES.map((size) => nanoseconds(name, size)),
  ]);
}
console.log(table.toString());
