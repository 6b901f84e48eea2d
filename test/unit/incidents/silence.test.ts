import { expect, test } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../lib/cache/cache-timings.js';
import type { PartitionHealth } from '../../../lib/cache/counter-cache.js';
import { MemoryCounterCache } from '../../../lib/cache/memory/memory-counter-cache.js';
import { MemoryStates } from '../../../lib/cache/memory/state/memory-states.js';
import { CacheUnavailableError, DatabaseUnavailableError } from '../../../lib/index.js';
import { Silence } from '../../../lib/incidents/silence.js';
import { QueueCountMismatchError } from '../../../lib/mismatch-errors.js';
import { AskedServer } from '../../../lib/operating/status/asked-server.js';
import { ServerQuestions } from '../../../lib/operating/status/server-facts.js';
import type { PersistQueue } from '../../../lib/queue/persist-queue.js';
import { FaultyStore } from '../../support/faulty-store.js';

function listened() {
  let now = 1_000_000;
  const silence = new Silence(() => now);
  const pass = (milliseconds: number): void => void (now += milliseconds);
  /** A question that is open until one of these is called. */
  const ask = () => {
    let end: (answer: Promise<void>) => void = () => undefined;
    const question = new Promise<void>((resolve) => (end = resolve));
    const ended = silence.watch(question).catch(() => undefined);
    return {
      answer: () => (end(Promise.resolve()), ended),
      fail: (error: Error) => (end(Promise.reject(error)), ended),
    };
  };
  const lasts = (): number | undefined => {
    const { lasting } = silence;
    return lasting && Math.round((Date.now() - lasting.since.getTime()) / 1000);
  };
  return { silence, pass, ask, lasts };
}

test('a server that was asked nothing is not silent, nor one that may still answer', () => {
  const { pass, ask, lasts } = listened();
  pass(3_600_000);
  expect(lasts()).toBeUndefined();
  ask();
  pass(4_900);
  expect(lasts()).toBeUndefined();
});

test('a silence begins with the first question that is open, and lasts from five seconds on', async () => {
  const { silence, pass, ask, lasts } = listened();
  const first = ask();
  pass(4_000);
  ask();
  pass(1_000);
  expect(lasts()).toBe(5);
  expect(silence.lasting?.error).toBe('No answer for 5 s');
  await first.answer();
  expect(lasts()).toBeUndefined();
});

test.each([
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'.",
  "ERR Error running script: @user_script:1: -READONLY You can't write against a read only replica.",
])('a Redis that takes no writes is not silent: %s', async (reply) => {
  const { ask, lasts } = listened();
  const cause = new Error(reply);
  await ask().fail(new CacheUnavailableError('Redis did not run the script "sweep"', { cause }));
  expect(lasts()).toBeUndefined();
  const asked = new AskedServer(() =>
    Promise.reject(new CacheUnavailableError('Redis did not run the script "sweep"', { cause })),
  );
  const answer = await asked.asked();
  expect(answer.error).toContain('sweep');
  expect(asked.silent(answer)).toBeUndefined();
});

test.each([
  new CacheUnavailableError('connect ECONNREFUSED'),
  new DatabaseUnavailableError('connect ECONNREFUSED'),
  new Error('unforeseen'),
])('a question that fails makes it one at once, and any answer ends it: %s', async (error) => {
  const { silence, pass, ask, lasts } = listened();
  await ask().fail(error);
  expect(silence.lasting).toMatchObject({ error: error.message });
  pass(60_000);
  ask();
  expect(lasts()).toBe(60);
  silence.answered();
  expect(lasts()).toBeUndefined();
});

test('a mistake of the program says nothing about a server', async () => {
  const { pass, ask, lasts } = listened();
  await ask().fail(new TypeError('x is not a function'));
  pass(60_000);
  expect(lasts()).toBeUndefined();
  await ask().fail(new CacheUnavailableError('connect ECONNREFUSED'));
  pass(10_000);
  await ask().fail(new TypeError('x is not a function'));
  expect(lasts()).toBe(10);
});

test('a server that refuses by an error of ours has answered', async () => {
  const { ask, lasts } = listened();
  const open = ask();
  await ask().fail(new QueueCountMismatchError('another number'));
  expect(lasts()).toBeUndefined();
  await open.fail(new CacheUnavailableError('away'));
  expect(lasts()).toBe(0);
});

test('a question that fails late says nothing of the time before the last answer', async () => {
  const { pass, ask, lasts } = listened();
  const late = ask();
  pass(20_000);
  await ask().answer();
  pass(2_000);
  await late.fail(new CacheUnavailableError('No answer within 22 s'));
  expect(lasts()).toBe(2);
});

test.each([
  ['of some partitions, as a master of a cluster', [1, 3], [1, 3]],
  ['of all', [0, 1, 2, 3], undefined],
  ['of none', [], undefined],
])('where the server %s is away, that is said', async (_, away, partitions) => {
  class Cache extends MemoryCounterCache {
    override sweep(partition: number): Promise<PartitionHealth> {
      if (!away.includes(partition)) return super.sweep(partition);
      return Promise.reject(new CacheUnavailableError('away'));
    }
  }
  const settings = { queues: 4, timeZone: 'UTC' };
  const cache = new Cache(new MemoryStates(), settings, DEFAULT_TIMINGS);
  const queue = { jobs: () => Promise.reject(new Error('none')) } as unknown as PersistQueue;
  const silences = { redis: new Silence(), database: new Silence() };
  const questions = new ServerQuestions({ cache, store: new FaultyStore(), queue, silences }, 4);
  const { silent } = await questions.asked();
  expect(silent.database).toBeUndefined();
  expect(silent.redis === undefined).toBe(away.length === 0);
  expect(silent.redis?.partitions).toEqual(partitions);
});

test('a silence that ended is known for a while, where a question had failed', async () => {
  const { silence, pass, ask } = listened();
  const agoOf = (): number | undefined => {
    const began = silence.beganWithin(30_000);
    return began && Math.round((Date.now() - began.getTime()) / 1000);
  };
  expect(agoOf()).toBeUndefined();
  const failing = ask();
  pass(2000);
  await failing.fail(new CacheUnavailableError('away'));
  pass(60_000);
  expect(agoOf()).toBe(62);
  await ask().answer();
  pass(30_000);
  expect(agoOf()).toBe(92);
  pass(1000);
  expect(agoOf()).toBeUndefined();
  const slow = ask();
  pass(1000);
  await slow.answer();
  expect(agoOf()).toBeUndefined();
});
