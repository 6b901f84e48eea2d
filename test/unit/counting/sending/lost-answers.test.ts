import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { AddAnswer } from '../../../../lib/cache/counter-cache.js';
import {
  CounterOverflowError,
  IdempotencyConflictError,
  OutcomeUnknownError,
} from '../../../../lib/errors.js';
import { seed } from '../../../conformance/partition.js';
import { type Counting, startCounting } from '../../../support/counting.js';
import { type Fault, lostAnswer, lostCall, refused } from '../../../support/faulty-cache.js';

const interval = 60_000;
const MAX = 2n ** 63n - 1n;
const once = { key: 'k', within: 60_000 };

describe('a call that is not answered', () => {
  test.each<[string, Fault[]]>([
    ['an answer', [lostAnswer]],
    ['a call', [lostCall]],
    ['several answers', [lostAnswer, lostAnswer, lostAnswer]],
    ['answers and calls', [lostCall, lostAnswer, refused, lostCall]],
  ])('is sent again under the same seq and counts once: %s lost', async (_, faults) => {
    const { buffer, cache, counted } = await startCounting();
    cache.faults.push(...faults);
    await Promise.all([buffer.add('a', 5, interval), buffer.add('b', 1, interval)]);
    expect(cache.calls).toHaveLength(faults.length + 1);
    expect(new Set(cache.calls.map(({ seq }) => seq)).size).toBe(1);
    expect(new Set(cache.calls.map(({ client }) => client)).size).toBe(1);
    expect([await counted('a'), await counted('b')]).toEqual([5n, 1n]);
  });

  test('is repeated as it was, without what came meanwhile', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.faults.push(lostAnswer);
    cache.holdBack();
    const first = buffer.add('a', 5, interval);
    await cache.called(1);
    const later = buffer.add('a', 7, interval);
    cache.release();
    await Promise.all([first, later]);
    expect(cache.calls.map(({ operations }) => operations[0]?.value)).toEqual(['5', '5', '7']);
    expect(await counted('a')).toBe(12n);
  });

  test('is repeated when the cache fails in a way that nobody foresaw', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.faults.push(async (run) => {
      await run();
      throw new TypeError('unforeseen');
    });
    await buffer.add('a', 5, interval);
    expect(await counted('a')).toBe(5n);
  });

  test('wakes the worker all the same', async () => {
    const { buffer, cache, triggers } = await startCounting();
    cache.faults.push(lostAnswer);
    await buffer.add('a', 5, 0);
    expect(triggers).toEqual([{ partition: 0, delay: 0 }]);
  });

  test('answers as the first try did whether it counted once', async () => {
    const { buffer, cache, counted } = await startCounting();
    const count = async () => {
      const entry = buffer.enter({ name: 'a', once }, interval);
      await entry.acknowledged;
      return !entry.refused;
    };
    const takeBack = async () => {
      const entry = buffer.undo('a', once, interval);
      await entry.acknowledged;
      return !entry.refused;
    };
    cache.faults.push(lostAnswer, lostAnswer);
    expect(await Promise.all([count(), count(), buffer.add('b', 1, interval)])).toEqual([
      true,
      false,
      undefined,
    ]);
    cache.faults.push(lostAnswer);
    expect(await takeBack()).toBe(true);
    expect(await takeBack()).toBe(false);
    expect(await count()).toBe(true);
    expect(await counted('a')).toBe(1n);
  });

  test('keeps the totals that were lost', async () => {
    const { buffer, cache } = await startCounting();
    expect(await buffer.addAndGet('a', 1, interval)).toBe(1n);
    cache.faults.push(lostAnswer, lostAnswer);
    const totals = [2, 3].map((delta) => buffer.addAndGet('a', delta, interval));
    expect(await Promise.all(totals)).toEqual([3n, 6n]);
    cache.faults.push(lostAnswer);
    expect(await buffer.replace('set', 'a', 100n, interval)).toBe(6n);
    expect(await buffer.addAndGet('a', 1, interval)).toBe(101n);
  });
});

describe('a cache that forgot everything', () => {
  test.each<[string, Fault]>([
    ['that lost the answer', lostAnswer],
    ['that may have lost the call', lostCall],
  ])('after a call %s makes its outcome unknown', async (_, fault) => {
    const { buffer, cache, counted, events, wipe } = await startCounting();
    const reports: unknown[] = [];
    events.on('outcomeUnknown', (report) => reports.push(report));
    cache.faults.push(async (run) => {
      try {
        return await fault(run);
      } finally {
        wipe();
      }
    });
    const unknown = buffer.add('a', 5, interval);
    const other = buffer.add('b', 5, interval);
    await expect(unknown).rejects.toThrow(OutcomeUnknownError);
    await expect(other).rejects.toThrow(
      'Redis lost its memory, or went back in time, before it answered',
    );
    expect(reports).toMatchObject([{ partition: 0, operations: 2 }]);

    await buffer.add('a', 7, interval);
    expect(await counted('a')).toBe(7n);
    expect(buffer.size).toBe(0);
  });

  test('and is seeded anew after a lost answer makes its outcome unknown too', async () => {
    const { buffer, cache, counted, wipe } = await startCounting();
    cache.faults.push(async (run) => {
      await run();
      wipe();
      await seed(cache, 10, 'new generation');
      return lostCall(run);
    });
    const unknown = buffer.add('a', 5, interval);
    await expect(unknown).rejects.toThrow(OutcomeUnknownError);
    expect(await counted('a')).toBe(0n);
    await buffer.add('a', 7, interval);
    expect(await counted('a')).toBe(7n);
  });

  test('after it refused the call takes the call, once', async () => {
    const { buffer, cache, counted, wipe } = await startCounting();
    cache.faults.push(refused, (run) => {
      wipe();
      return refused(run);
    });
    await buffer.add('a', 5, interval);
    expect(await counted('a')).toBe(5n);
  });

  test('before the first try takes the call, once', async () => {
    const { buffer, counted, store, wipe } = await startCounting();
    wipe();
    await buffer.add('a', 5, interval);
    expect(await counted('a')).toBe(5n);
    expect(store.ledgerSeq(0)).toBe(2);
  });

  test('is told from one that a process meets for the first time', async () => {
    const { buffer, cache, counted } = await startCounting({ unseeded: true });
    // without a generation nothing can be applied: the answers that are lost say no more
    cache.faults.push(lostAnswer, lostAnswer, lostCall);
    await buffer.add('a', 5, interval);
    expect(await counted('a')).toBe(5n);
  });

  test('is seeded when the database answers again', async () => {
    const { buffer, counted, store } = await startCounting({ unseeded: true });
    let failures = 2;
    store.beforeSeed = () =>
      failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve();
    await buffer.add('a', 5, interval);
    expect(await counted('a')).toBe(5n);
  });
});

test('a mistake of the program in setting up a partition ends the call: nothing was counted', async () => {
  const { buffer, counted, events, store } = await startCounting({ unseeded: true });
  const outages: unknown[] = [];
  events.on('outage', (outage) => outages.push(outage));
  const mistake = new TypeError('x is not a function');
  store.beforeSeed = () => Promise.reject(mistake);
  const error = await buffer.add('a', 5, interval).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'UNEXPECTED', cause: mistake });
  expect(outages).toEqual([]);
  store.beforeSeed = () => Promise.resolve();
  await buffer.add('a', 2, interval);
  expect(await counted('a')).toBe(2n);
});

describe('a call that was cut off', () => {
  test.each(['interrupted', 'stale'] as const)(
    'is not repeated: the outcome of one that is %s is unknown',
    async (status) => {
      const { buffer, cache } = await startCounting();
      cache.faults.push(lostCall, () => Promise.resolve({ status }));
      await expect(buffer.add('a', 5, interval)).rejects.toThrow(OutcomeUnknownError);
      await buffer.add('a', 1, interval);
      expect(cache.calls.map(({ seq }) => seq - 2)).toEqual([0, 0, 1]);
    },
  );

  test('is told by its cause', async () => {
    const { buffer, cache } = await startCounting();
    cache.faults.push(lostCall, () => Promise.resolve({ status: 'interrupted' }));
    await expect(buffer.add('a', 5, interval)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: expect.objectContaining({ message: '[fastcounter] the call was lost' }) as unknown,
    });
  });
});

describe('a cache that counts on another number of queues', () => {
  test('refuses every increment with an error that says what to do', async () => {
    const { buffer, cache } = await startCounting();
    cache.faults.push(() =>
      Promise.resolve({ status: 'settings', settings: { queues: 7, timeZone: 'UTC' } }),
    );
    const refusal = buffer.add('a', 5, interval);
    await expect(refusal).rejects.toMatchObject({ code: 'QUEUE_COUNT_MISMATCH' });
    await expect(refusal).rejects.toThrow('Option "queue.count" is 1');
    await expect(refusal).rejects.toThrow('flush()');
  });
});

describe('a call that is repeated, and refused', () => {
  /** What each refusal needs beforehand, the call, and its end when it is certain. */
  const refusals: [
    string,
    (counting: Counting) => Promise<unknown>,
    (counting: Counting) => Promise<unknown>,
    (certain: Promise<unknown>) => Promise<unknown>,
  ][] = [
    [
      'cold',
      () => Promise.resolve(),
      ({ buffer }) => buffer.addAndGet('a', 1, interval),
      (certain) => expect(certain).resolves.toBe(1n),
    ],
    [
      'cold near the end of the range',
      () => Promise.resolve(),
      ({ buffer }) => buffer.add('a', MAX, interval),
      (certain) => expect(certain).resolves.toBeUndefined(),
    ],
    [
      'overflow',
      ({ buffer }) => buffer.add('a', MAX, interval),
      ({ buffer }) => buffer.add('a', 1, interval),
      (certain) => expect(certain).rejects.toThrow(CounterOverflowError),
    ],
    [
      'conflict',
      ({ buffer }) => buffer.add('a', 1, interval, 'key'),
      ({ buffer }) => buffer.add('a', 2, interval, 'key'),
      (certain) => expect(certain).rejects.toThrow(IdempotencyConflictError),
    ],
    [
      'known',
      ({ buffer }) => buffer.enter({ name: 'a', once }, interval).acknowledged,
      ({ buffer }) => buffer.enter({ name: 'a', once }, interval).acknowledged,
      (certain) => expect(certain).resolves.toBeUndefined(),
    ],
    [
      'unknown',
      () => Promise.resolve(),
      ({ buffer }) => buffer.undo('a', once, interval).acknowledged,
      (certain) => expect(certain).resolves.toBeUndefined(),
    ],
  ];

  describe.each(refusals)('as %s', (_, prepare, send, expectCertain) => {
    test('may have been applied before, and its outcome is unknown', async () => {
      const counting = await startCounting();
      const { buffer, cache, counted, events } = counting;
      await prepare(counting);
      const before = await counted('a');
      const reports: unknown[] = [];
      events.on('outcomeUnknown', (report) => reports.push(report));
      cache.faults.push(lostCall);
      const [unknown, other] = [send(counting), buffer.add('b', 1, interval)];
      await expect(unknown).rejects.toThrow(OutcomeUnknownError);
      await other;
      expect(reports).toMatchObject([{ partition: 0, operations: 1 }]);
      expect([await counted('a'), await counted('b')]).toEqual([before, 1n]);
      expect(buffer.size).toBe(0);
    });

    test('may have been applied before, though the cache remembers the second try', async () => {
      const counting = await startCounting();
      await prepare(counting);
      const before = await counting.counted('a');
      counting.cache.faults.push(lostCall, lostAnswer);
      await expect(send(counting)).rejects.toThrow(OutcomeUnknownError);
      expect(await counting.counted('a')).toBe(before);
    });

    test.each<[string, Fault]>([
      ['the cache remembers the first try', lostAnswer],
      ['the first try was not made', refused],
    ])('is told as it is when %s', async (__, fault) => {
      const counting = await startCounting();
      await prepare(counting);
      const reports: unknown[] = [];
      counting.events.on('outcomeUnknown', (report) => reports.push(report));
      counting.cache.faults.push(fault);
      await expectCertain(send(counting));
      expect(reports).toEqual([]);
    });
  });
});

describe('the loss of what was acknowledged', () => {
  const watch = ({ events }: Counting): unknown[] => {
    const losses: unknown[] = [];
    events.on('redisLostWrites', (loss) => losses.push(loss));
    return losses;
  };

  /** The cache goes back behind the calls that it had acknowledged, and nothing was claimed meanwhile. */
  const forget = ({ cache }: Counting): void => {
    cache.faults.push(async (run) => ({ ...(await run()), lost: true }) as AddAnswer);
  };

  test('is told once, at the next call that is applied', async () => {
    const counting = await startCounting();
    const { buffer } = counting;
    const losses = watch(counting);
    await buffer.add('a', 1, interval);
    forget(counting);
    await buffer.add('a', 5, interval);
    await expect.poll(() => losses).toEqual([{ partition: 0 }]);
    await buffer.add('a', 7, interval);
    expect(losses).toHaveLength(1);
  });

  test('is told also where the database cannot say more', async () => {
    const counting = await startCounting();
    const losses = watch(counting);
    counting.store.beforeRead = () => Promise.reject(new Error('away'));
    forget(counting);
    await counting.buffer.add('a', 5, interval);
    await expect.poll(() => losses).toEqual([{ partition: 0 }]);
  });

  test('is told by the event of the wipe alone, where the cache was empty', async () => {
    const counting = await startCounting();
    const { buffer, cache, wipe } = counting;
    const losses = watch(counting);
    await buffer.add('a', 1, interval);
    wipe();
    await seed(cache, 10, 'new generation');
    cache.faults.push(refused);
    await buffer.add('a', 5, interval);
    await sleep(20);
    expect(losses).toEqual([]);
  });

  test('is told by the event of the parking alone, where the ledger is ahead', async () => {
    const counting = await startCounting();
    const losses = watch(counting);
    counting.store.putLedger(0, 1000);
    forget(counting);
    await counting.buffer.add('a', 5, interval);
    await sleep(20);
    expect(losses).toEqual([]);
  });

  test('is told when only the repeated answer tells it', async () => {
    const counting = await startCounting();
    const { buffer, cache, counted } = counting;
    const losses = watch(counting);
    cache.faults.push(lostAnswer, async (run) => {
      const answer = await run();
      expect(answer).toMatchObject({ status: 'applied', uncertain: false });
      return { ...answer, lost: true } as AddAnswer;
    });
    await buffer.add('a', 5, interval);
    await expect.poll(() => losses).toEqual([{ partition: 0 }]);
    expect(await counted('a')).toBe(5n);
  });

  test('is not told when nothing was acknowledged', async () => {
    const counting = await startCounting({ unseeded: true });
    const losses = watch(counting);
    await counting.buffer.add('a', 5, interval);
    expect(losses).toEqual([]);
  });
});
