import { resetCounters } from './counters.ts';
import type { CommandHandler, Engine } from './engine.ts';
import { itemBytes, slabChunkBytes, slabClass } from './item.ts';
import { NEXT_LINE } from './request-parser.ts';

type Section = (engine: Engine) => Iterable<readonly [string, string | number | bigint]>;

const CONNECTION_LIMIT = 1024;
const SLAB_PAGE_BYTES = 1_048_576;

/** `stats` without a section. */
export const generalStats: Section = (engine) => {
  const { store, counters, version } = engine;
  const { user, system } = cpuSeconds();
  return [
    ['pid', process.pid],
    ['uptime', store.now() - engine.startedAt],
    ['time', store.now()],
    ['version', version],
    ['pointer_size', 64],
    ['rusage_user', user.toFixed(6)],
    ['rusage_system', system.toFixed(6)],
    ['max_connections', CONNECTION_LIMIT],
    ...Object.entries(counters),
    ['get_expired', store.expiredReads],
    ['get_flushed', store.flushedReads],
    ['limit_maxbytes', store.maxBytes],
    ['accepting_conns', 1],
    ['threads', 1],
    ['bytes', store.bytes],
    ['curr_items', store.size],
    ['total_items', store.totalItems],
    ['evictions', store.evictions],
  ];
};

function cpuSeconds(): { readonly user: number; readonly system: number } {
  const { user, system } = process.cpuUsage();
  return { user: user / 1e6, system: system / 1e6 };
}

const settings: Section = ({ store }) => [
  ['maxbytes', store.maxBytes],
  ['maxconns', CONNECTION_LIMIT],
  ['evictions', 'on'],
  ['growth_factor', '1.25'],
  ['chunk_size', 48],
  ['num_threads', 1],
  ['cas_enabled', 'yes'],
  ['binding_protocol', 'ascii'],
  ['item_size_max', store.maxItemBytes],
  ['flush_enabled', 'yes'],
  ['lru_segmented', 'no'],
];

/** Number and bytes of the items of each slab class in use. */
function bySlab(engine: Engine): ReadonlyMap<number, { readonly count: number; readonly bytes: number }> {
  const slabs = new Map<number, { count: number; bytes: number }>();
  for (const item of engine.store.items()) {
    const bytes = itemBytes(item.key.length, item.clientFlags, item.value.length);
    const slab = slabClass(bytes);
    const entry = slabs.get(slab) ?? { count: 0, bytes: 0 };
    slabs.set(slab, { count: entry.count + 1, bytes: entry.bytes + bytes });
  }
  return new Map([...slabs].sort(([a], [b]) => a - b));
}

const items: Section = (engine) =>
  [...bySlab(engine)].flatMap(([slab, { count, bytes }]): (readonly [string, number])[] => [
    [`items:${slab}:number`, count],
    [`items:${slab}:mem_requested`, bytes],
  ]);

const slabs: Section = (engine) => {
  const used = bySlab(engine);
  const lines = [...used].flatMap(([slab, { count }]): (readonly [string, number])[] => [
    [`${slab}:chunk_size`, slabChunkBytes(slab)],
    [`${slab}:chunks_per_page`, Math.floor(SLAB_PAGE_BYTES / slabChunkBytes(slab))],
    [`${slab}:used_chunks`, count],
  ]);
  return [...lines, ['active_slabs', used.size], ['total_malloced', engine.store.bytes]];
};

const sizes: Section = () => [['sizes_status', 'disabled']];

const SECTIONS: ReadonlyMap<string | undefined, Section> = new Map([
  [undefined, generalStats],
  ['settings', settings],
  ['items', items],
  ['slabs', slabs],
  ['sizes', sizes],
]);

/** `stats [section]`. */
export const stats: CommandHandler = (engine, tokens, out) => {
  const name = tokens[1];
  if (name === 'reset') {
    resetCounters(engine.counters);
    engine.store.resetCounters();
    out.line('RESET');
    return NEXT_LINE;
  }
  const section = SECTIONS.get(name);
  if (section === undefined) {
    out.line('ERROR');
    return NEXT_LINE;
  }
  for (const [key, value] of section(engine)) out.line(`STAT ${key} ${value}`);
  out.line('END');
  return NEXT_LINE;
};
