export { MemfleetError } from './errors.ts';
