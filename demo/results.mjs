/**
 * @typedef {{ label: string, cells: string[], note?: string }} Row one cell for each way
 *
 * @typedef {import('./performance.mjs').Act} Act
 * @typedef {import('./performance.mjs').Show} Show
 */

/** @param {Show} show @returns {Row[]} */
export function resultRows(show) {
  const { acts, canReplace } = show;
  /** @type {(label: string, cell: (act: Act) => string, note?: string) => Row} */
  const row = (label, cell, note) => ({
    label,
    cells: acts.map(cell),
    ...(note === undefined ? {} : { note }),
  });
  return [
    row('Hit rate, of all reads', ({ traffic: { hits, reads } }) => percent(hits / reads)),
    row('Reads of an old version', ({ traffic }) => whole(traffic.stale)),
    row('Gets per node', ({ recorder }) =>
      Object.entries(recorder.totals)
        .map(([name, count]) => `${name}: ${whole(count)}`)
        .join('\n'),
    ),
    row(
      `Keys moved: added (ideal ${percent(1 / 3)})`,
      (act) => moved(act, 'add'),
      'A key that moves is a miss; ideal is the least that gives each node an equal share.',
    ),
    ...(canReplace ? [row('Keys moved: replaced (ideal 0 %)', (act) => moved(act, 'replace'))] : []),
    row(`Keys moved: crashed (ideal ${percent(idealCrash(acts))})`, (act) => moved(act, 'crash')),
    row('Followed: added', (act) => followed(act, 'add', show)),
    ...(canReplace ? [row('Followed: replaced', (act) => followed(act, 'replace', show))] : []),
    row('Crash: known after', crashNoticed),
    row('Crash: node left after', (act) => followed(act, 'crash', show), crashNote(acts)),
    row('Failed calls: added', (act) => whole(failures(act, show).add)),
    ...(canReplace ? [row('Failed calls: replaced', (act) => whole(failures(act, show).replace))] : []),
    row('Failed calls: crashed, still listed', (act) => whole(failures(act, show).crash)),
    row('Failed calls: crashed, not listed', (act) => whole(failures(act, show).after)),
    row('Slowest failed call', ({ traffic }) =>
      traffic.failures.length === 0
        ? '–'
        : `${Math.max(...traffic.failures.map(({ ms }) => ms)).toFixed(1)} ms`,
    ),
  ];
}

/**
 * What discovery did not keep, in words. Its promise: additions and replacements are followed without a
 * restart and without a failed call; and calls fail for a crash only until the node is dropped.
 *
 * @param {Show} show @returns {string[]}
 */
export function brokenPromises(show) {
  const act = show.acts.find(({ way }) => way.id === 'discovery');
  if (act === undefined) return ['Discovery was not shown'];
  // Calls cannot be expected to stop failing before the client could know.
  const { add, replace, after } = failures(act, show, act.way.followedAt(changeOf(act, 'crash')));
  const failed = { 'an addition': add, 'a replacement': replace, 'a node that was dropped already': after };
  const unfollowed = changesOf(act, show).filter((change) => act.way.followedAt(change) === undefined);
  return [
    ...unfollowed.map(({ kind }) => `Discovery did not follow: ${kind}`),
    ...Object.entries(failed)
      .filter(([, count]) => count > 0)
      .map(([cause, count]) => `Discovery had ${count} failed calls for ${cause}: ${errorsOf(act)}`),
  ];
}

/**
 * Failed calls by what was going on when they were made.
 *
 * @param {Act} act @param {Show} show
 * @param {number} [crashOver] when the crash was over; else when the node was taken off the list
 */
function failures(act, show, crashOver = changeOf(act, 'crash').droppedAt ?? show.endedAt) {
  const [replace, crash] = ['replace', 'crash'].map((kind) => changeOf(act, kind));
  const counts = { add: 0, replace: 0, crash: 0, after: 0 };
  for (const { startedAt, ms } of act.traffic.failures) {
    // A call under way when the node crashed fails for the crash.
    if (startedAt + ms < (show.canReplace ? replace : crash).at) counts.add += 1;
    else if (startedAt + ms < crash.at) counts.replace += 1;
    else if (startedAt <= crashOver) counts.crash += 1;
    else counts.after += 1;
  }
  return counts;
}

/** @param {Act} act */
function errorsOf({ traffic }) {
  return [...new Set(traffic.failures.map(({ error }) => error))].join(', ');
}

/** @param {Act} act @param {Show} show */
function changesOf({ changes }, { canReplace }) {
  return changes.filter(({ kind }) => kind !== 'replace' || canReplace);
}

/** @param {Act} act @param {string} kind */
function changeOf({ changes }, kind) {
  const change = changes.find((candidate) => candidate.kind === kind);
  if (change === undefined) throw new Error(`There was no ${kind}`);
  return change;
}

/** @param {Act} act @param {'add' | 'replace' | 'crash'} kind */
function moved(act, kind) {
  if (act.way.id === 'endpoint') return kind === 'add' ? `100.0 %, ${act.way.switches} times` : 'as above';
  const { owners, ownersAfter = owners } = changeOf(act, kind);
  const share = owners.filter((owner, i) => owner !== ownersAfter[i]).length / owners.length;
  return act.way.id === 'fixed' && kind !== 'replace' ? `${percent(share)}, not followed` : percent(share);
}

/** Whatever the node that crashed had must move. @param {Act[]} acts */
function idealCrash(acts) {
  const act = acts.find(({ way }) => way.id === 'discovery');
  if (act === undefined) return 0;
  const { hostname } = act.stage.processes.find(({ name }) => name === 'a')?.node ?? {};
  const { owners } = changeOf(act, 'crash');
  return owners.filter((owner) => owner.startsWith(`${hostname}:`)).length / owners.length;
}

/** @param {Act} act @param {'add' | 'replace' | 'crash'} kind @param {Show} show */
function followed(act, kind, show) {
  const change = changeOf(act, kind);
  const late =
    kind === 'replace' && act.way.id === 'fixed' ? firstGetAt(act, 'b, replaced', show) : undefined;
  if (late !== undefined) return `${seconds(late - change.at)}, old one ended`;
  const at = act.way.followedAt(change);
  return at === undefined ? 'never' : seconds(at - change.at);
}

/** @param {Act} act @param {string} process @param {Show} show */
function firstGetAt({ recorder }, process, { startedAt }) {
  const sample = recorder.samples.find(({ getsPerNode }) => (getsPerNode[process] ?? 0) > 0);
  return sample === undefined ? undefined : startedAt + 1_000 * sample.seconds;
}

/** @param {Act} act */
function crashNoticed(act) {
  if (act.way.id === 'endpoint') return 'reconnects';
  const change = changeOf(act, 'crash');
  const at = act.way.downAt(change.at);
  return at === undefined ? 'never' : `${Math.max(0, at - change.at).toFixed(0)} ms`;
}

/** @param {Act[]} acts */
function crashNote(acts) {
  const { at, droppedAt = at } = changeOf(acts[0], 'crash');
  return (
    `The configuration listed the dead node for ${seconds(droppedAt - at)} more, as AWS does for ` +
    'minutes: until then its calls fail, at once and without a wait.'
  );
}

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;

/** @param {number} count */
const whole = (count) => count.toLocaleString('en');
