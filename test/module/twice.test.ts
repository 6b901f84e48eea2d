import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from 'vitest';
import { CounterService, FastCounterModule, InvalidOptionsError } from '../../lib/index.js';
import { database, freshNamespace, moduleOf, redis, start } from './start.js';

const options = () => ({ namespace: freshNamespace() });
const WAYS = {
  'forRoot()': () => FastCounterModule.forRoot(options()),
  'forRoot() with Redis': () => FastCounterModule.forRoot({ ...options(), redis: redis() }),
  'forRootAsync()': () => FastCounterModule.forRootAsync({ useFactory: options }),
  'forRoot() that is not global': () => FastCounterModule.forRoot({ isGlobal: false }),
};
const names = Object.keys(WAYS) as (keyof typeof WAYS)[];
const pairs = names.flatMap((one, index) =>
  names.slice(index).map((other) => [one, other] as const),
);

describe('two of them in one application are refused', () => {
  test.each(pairs)('%s and %s', async (one, other) => {
    const deeper = moduleOf({ imports: [WAYS[other]()] });
    const starting = start({ imports: [await database(), WAYS[one](), deeper] });
    const error: unknown = await starting.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({ message: expect.stringContaining('twice') as string });
  });

  test('one that is loaded later', async () => {
    const app = await start({ imports: [await database(), FastCounterModule.forRoot(options())] });
    const lazy = moduleOf({ imports: [FastCounterModule.forRoot(options())] });
    await expect(app.get(LazyModuleLoader).load(() => lazy)).rejects.toThrow(/twice/);
    await expect(app.get(CounterService).incr('still')).resolves.toBeUndefined();
  });

  test('in a testing module', async () => {
    const imports = [await database(), FastCounterModule.forRoot(), FastCounterModule.forRoot()];
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toThrow(/twice/);
  });
});

test('each application of a process has its own, also of one and the same module', async () => {
  const counting = FastCounterModule.forRoot(options());
  const first = await start({ imports: [await database(), counting] });
  const second = await start({ imports: [await database(), counting] });
  const third = await start({ imports: [await database(), FastCounterModule.forRoot(options())] });
  const services = [first, second, third].map((app) => app.get(CounterService));
  expect(new Set(services).size).toBe(3);
  await Promise.all(services.map((counters) => counters.incr('own')));
  const counts = await Promise.all(services.map((counters) => counters.getCount('own')));
  expect(counts).toEqual([1, 1, 1]);
});
