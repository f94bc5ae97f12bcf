/** The counts behind `stats`, named as memcached names them. */
export interface Counters {
  curr_connections: number;
  total_connections: number;
  cmd_get: number;
  cmd_set: number;
  cmd_flush: number;
  cmd_touch: number;
  cmd_meta: number;
  get_hits: number;
  get_misses: number;
  delete_misses: number;
  delete_hits: number;
  incr_misses: number;
  incr_hits: number;
  decr_misses: number;
  decr_hits: number;
  cas_misses: number;
  cas_hits: number;
  cas_badval: number;
  touch_hits: number;
  touch_misses: number;
  store_too_large: number;
  auth_cmds: number;
  auth_errors: number;
  bytes_read: number;
  bytes_written: number;
}

export function zeroCounters(): Counters {
  return {
    curr_connections: 0,
    total_connections: 0,
    cmd_get: 0,
    cmd_set: 0,
    cmd_flush: 0,
    cmd_touch: 0,
    cmd_meta: 0,
    get_hits: 0,
    get_misses: 0,
    delete_misses: 0,
    delete_hits: 0,
    incr_misses: 0,
    incr_hits: 0,
    decr_misses: 0,
    decr_hits: 0,
    cas_misses: 0,
    cas_hits: 0,
    cas_badval: 0,
    touch_hits: 0,
    touch_misses: 0,
    store_too_large: 0,
    auth_cmds: 0,
    auth_errors: 0,
    bytes_read: 0,
    bytes_written: 0,
  };
}

/** `stats reset`: all to zero but the connections that are open. */
export function resetCounters(counters: Counters): void {
  Object.assign(counters, zeroCounters(), { curr_connections: counters.curr_connections });
}

export function countOutcome(counters: Counters, mode: string, outcome: string): void {
  counters.cmd_set += 1;
  if (mode !== 'cas') return;
  if (outcome === 'stored') counters.cas_hits += 1;
  else if (outcome === 'exists') counters.cas_badval += 1;
  else counters.cas_misses += 1;
}

export function countDelta(counters: Counters, up: boolean, hit: boolean): void {
  if (up && hit) counters.incr_hits += 1;
  else if (up) counters.incr_misses += 1;
  else if (hit) counters.decr_hits += 1;
  else counters.decr_misses += 1;
}

export function countRead(counters: Counters, hit: boolean, touch: boolean): void {
  if (touch) {
    counters.cmd_touch += 1;
    if (hit) counters.touch_hits += 1;
    else counters.touch_misses += 1;
    return;
  }
  counters.cmd_get += 1;
  if (hit) counters.get_hits += 1;
  else counters.get_misses += 1;
}
