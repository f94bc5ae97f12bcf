import { floorLoad } from '../harness/floor-load.mjs';

/**
 * @param {import('../harness/cases.mjs').Case} test
 * @param {import('../harness/load.mjs').Target} target
 */
export const load = (test, target) => floorLoad('meta', test, target);
