/**
 * Where the keys of a node that is down go meanwhile. Stand-ins are asked only what they may answer wrongly
 * for a while: not whether a condition holds that the node itself would know.
 */
import type { Slot } from '../connection/slot.ts';
import { ConnectionError } from '../errors.ts';
import type { KeyedCommand } from '../node/journal.ts';
import type { Node } from '../node/node.ts';
import type { Command } from '../protocol/command.ts';
import { capExptime } from '../protocol/exptime.ts';
import { rawKey } from '../protocol/key.ts';
import type { Routing } from '../topology/fleet.ts';
import type { Placement } from '../topology/stand-ins.ts';

export interface FailoverOptions {
  /** The nodes that stand in; undefined where none do now. */
  readonly placement: (routing: Routing) => Placement | undefined;
  /** Seconds; what is stored on a stand-in lives no longer. */
  readonly maxTtl: number;
}

export class Failover {
  readonly #options: FailoverOptions;

  constructor(options: FailoverOptions) {
    this.#options = options;
  }

  /** The nodes that stand in for one that is down. */
  standIns(home: Node, routing: Routing): Placement | undefined {
    return home.isDown ? this.#options.placement(routing) : undefined;
  }

  /** Gives a slot, which was not sent, to whoever stands in for the owner of its key; false where nobody does. */
  divert(slot: Slot, routing: Routing): boolean {
    const { command, route } = slot;
    if (route === 'standIn' || !mayBeDiverted(command)) return false;
    const routed = routedKey(command);
    const home = routing.nodes[routing.locate(routed)];
    const placement = home && this.standIns(home, routing);
    const standIn = placement?.nodes[placement.locate(routed)];
    if (home === undefined || standIn === undefined) return false;
    if (command.kind === 'store') home.writtenElsewhere(command);
    slot.route = 'standIn';
    slot.command = this.#shortLived(command);
    slot.startAnew(performance.now());
    standIn.execute(slot);
    return true;
  }

  /** What is stored there must be gone soon: nobody deletes it once the node is back. */
  #shortLived(command: KeyedCommand): KeyedCommand {
    return 'exptime' in command
      ? { ...command, exptime: capExptime(command.exptime, this.#options.maxTtl) }
      : command;
  }
}

/** What the ring hashes: mostly the key's own bytes. */
export function routedKey(command: KeyedCommand): string {
  return command.routed ?? rawKey(command);
}

/** Whether a command that was sent, and is the same done twice, may be sent again. */
export function mayBeRepeated(command: Command, error: Error): boolean {
  return error instanceof ConnectionError && (command.kind === 'getMany' || mayBeDiverted(command));
}

/**
 * Not `add`: as a lock, it would be taken twice. Not what depends on what is stored: counters, `append`,
 * `replace`, and whatever has to do with a CAS token.
 */
function mayBeDiverted(command: Command): command is KeyedCommand {
  switch (command.kind) {
    case 'get':
    case 'gat':
    case 'touch':
    case 'delete':
      return true;
    case 'store':
      return command.mode === 'set' && command.casToken === undefined;
    default:
      return false;
  }
}
