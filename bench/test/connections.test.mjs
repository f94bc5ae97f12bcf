import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { caseNamed } from '../harness/cases.mjs';
import { attempt } from '../harness/runner.mjs';
import { Servers } from '../harness/servers.mjs';
import { subjectNamed } from '../harness/subjects.mjs';

const servers = new Servers();
after(() => servers.close());
const firstCalls = { ...caseNamed('first-calls'), processes: 1 };
const pace = { seconds: 0.1, warmupSeconds: 0.1 };

test('1,000 first calls of memfleet share its one connection', async () => {
  const result = await attempt(servers, subjectNamed('memfleet'), firstCalls, pace);
  assert.equal('outcome' in result && result.outcome.connections, 1);
});

test('a client that opens more than it promises fails', async () => {
  const promising = { ...subjectNamed('memcache'), connectionsPerNode: 1 };
  const result = await attempt(servers, promising, firstCalls, pace);
  assert.match('error' in result ? result.error : '', /^\d+ connections where 1 are allowed$/);
});
