import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../sample-app/src/database/embedded-postgres.js';
import { createCounterDatabase } from '../support/servers/counter-database.js';
import { asCounterUser } from '../support/servers/documented-access.js';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('left-alone/leave-alone.mjs', import.meta.url));

type Told = Record<'wrong' | 'right', Record<string, string[]>>;

/** Runs it to its end, which has to be an orderly one. */
async function leaveAlone(redis: string | undefined): Promise<{ told: Told; log: string }> {
  const databaseUrl = asCounterUser(await createCounterDatabase());
  const options = { databaseUrl, redis, patience: redis === undefined ? 50 : 800 };
  const { stdout, stderr } = await execute(process.execPath, [program, JSON.stringify(options)], {
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
  const line = stdout.split('\n').find((it) => it.startsWith('told '));
  return { told: JSON.parse(line?.slice(5) ?? '{}') as Told, log: stdout + stderr };
}

const WRONG = {
  incr: ['INVALID_COUNTER_NAME'],
  incrMany: ['INVALID_COUNTER_NAME'],
  incrAndGet: ['INVALID_COUNTER_NAME'],
  tryIncr: ['INVALID_COUNTER_NAME'],
  set: ['INVALID_ARGUMENT'],
  reset: ['INVALID_COUNTER_NAME'],
  delete: ['INVALID_COUNTER_NAME'],
  flush: ['INVALID_COUNTER_NAME'],
  record: ['INVALID_ARGUMENT'],
  consume: ['INVALID_ARGUMENT'],
  replay: ['INVALID_ARGUMENT'],
  discard: ['INVALID_ARGUMENT'],
};

/** What is told of them while Redis is away; of the others, that the outcome is unknown. */
const AWAY: Record<string, string[]> = {
  // its windows are looked for first
  delete: ['CACHE_UNAVAILABLE'],
  flush: ['FLUSH_TIMEOUT'],
  replay: ['CACHE_UNAVAILABLE'],
  discard: ['CACHE_UNAVAILABLE'],
};

describe('calls that nobody awaits end no process', () => {
  test('when their arguments are wrong: each is one event', async () => {
    const { told, log } = await leaveAlone(undefined);
    expect(told.wrong).toEqual(WRONG);
    expect(told.right).toMatchObject({ incr: [], incrMany: [], set: [], flush: [], consume: [] });
    expect(log).toContain('A call was rejected: [fastcounter] Counter name');
  });

  test('when Redis is away: each is one event', async () => {
    const { told } = await leaveAlone(`redis://127.0.0.1:${await freePort()}`);
    expect(told.wrong).toMatchObject({ ...WRONG, replay: ['INVALID_ARGUMENT'] });
    for (const [method, codes] of Object.entries(told.right)) {
      // increments that wait since earlier calls are told of as well, from time to time
      const others = codes.filter((code) => code !== 'OUTCOME_UNKNOWN');
      expect(others, method).toEqual(AWAY[method] ?? []);
      if (others.length === 0) expect(codes, method).toContain('OUTCOME_UNKNOWN');
    }
  });
});
