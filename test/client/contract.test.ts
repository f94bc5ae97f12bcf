import { describe } from 'vitest';
import { subjects } from '../harness/subject.ts';
import { clientContract } from './contract.ts';

describe.each(subjects)('$name', (subject) => {
  clientContract(subject);
});
