import { floorLoad } from '../harness/floor-load.mjs';

/** @type {import('../harness/subjects.mjs').Subject} */
export const subject = {
  name: 'floor-classic',
  family: 'floor',
  unable: {},
  load: (test, target) => floorLoad('classic', test, target),
};
