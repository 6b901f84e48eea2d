import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { buildWithout, SEEN_RULES, type SeenRule } from './left-out-rules.js';
import { type Pair, SCENARIOS, startPair, violationsOf } from './scenarios.js';
import { openServers } from './stage.js';

/** Enough for a sweeper that finds its work undone. */
const PATIENCE = 15_000;
/** Without a sweeper nothing comes any more: enough for what comes without one. */
const WITHOUT_SWEEPER = 4000;

const VIOLATION: Readonly<Record<SeenRule, RegExp>> = {
  'no-ledger': /^drift: batch is 21, not 14$/,
  'no-producer-dedupe': /^drift: call is 21, not 14$/,
  'no-sweeper': /^not drained: partition \d holds 1 in pending$/,
  'no-generation-check': /^drift: memory is 21, not 14$/,
};

async function openPair(program?: string): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-records-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const databaseUrl = await createDatabase(inject('databaseUrl'));
  const servers = await openServers(inject('redisAdminUrl'), databaseUrl, directory);
  const pair = await startPair(servers, inject('redisUrl'), program);
  onTestFinished(pair.end);
  return pair;
}

describe('what is lost on the way', () => {
  test('makes no difference: a call, its answer, a job, an acknowledgement', async () => {
    const pair = await openPair();
    for (const name of SEEN_RULES) {
      await SCENARIOS[name](pair);
      expect(await violationsOf(pair, PATIENCE), name).toEqual([]);
    }
  });

  test.each(SEEN_RULES)('shows in real processes that a rule is left out: %s', async (name) => {
    const { program, remove } = await buildWithout(name);
    onTestFinished(remove);
    const pair = await openPair(program);
    await SCENARIOS[name](pair);
    const violations = await violationsOf(pair, name === 'no-sweeper' ? WITHOUT_SWEEPER : PATIENCE);
    expect(violations).toContainEqual(expect.stringMatching(VIOLATION[name]));
  });
});
