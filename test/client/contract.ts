/** What every client does, whatever the server, the dialect and the topology: one suite, many subjects. */
import { standOn } from '../harness/ground.ts';
import type { Subject } from '../harness/subject.ts';
import { batches } from './contract/batches.ts';
import { calls } from './contract/calls.ts';
import { cluster } from './contract/cluster.ts';
import { compression } from './contract/compression.ts';
import { counters } from './contract/counters.ts';
import { keys } from './contract/keys.ts';
import { largeValues } from './contract/large-values.ts';
import { leases } from './contract/leases.ts';
import { lifecycle } from './contract/lifecycle.ts';
import { sizes } from './contract/sizes.ts';
import { ttls } from './contract/ttls.ts';
import { values } from './contract/values.ts';
import { writes } from './contract/writes.ts';

export function clientContract(subject: Subject): void {
  const ground = standOn(subject);
  values(ground);
  sizes(ground);
  compression(ground);
  largeValues(ground);
  keys(ground);
  writes(ground);
  counters(ground);
  ttls(ground);
  leases(ground);
  batches(ground);
  cluster(ground);
  calls(ground);
  lifecycle(ground);
}
