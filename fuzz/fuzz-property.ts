import type fc from 'fast-check';

/** What must hold of one part of the library, whatever it is given. */
export interface FuzzProperty {
  /** `part: what holds`. */
  readonly name: string;
  /** Inputs tried in one round. A round of each property is part of `npm test`. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown>;
}
