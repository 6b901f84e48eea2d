import { describe, expect, test } from 'vitest';
import { startCounting } from '../../../support/counting.js';
import type { Fault } from '../../../support/faulty-cache.js';

const INTERVAL = 60_000;

/** The call is applied, and its answer makes no sense. */
const nonsense: Fault = async (run) => {
  await run();
  throw new TypeError('Redis answered "x" where a whole number has to be');
};

/** As a reply that passed the checks at the edge, and should not have. */
const strange: Fault = async (run) => {
  const answer = await run();
  if (answer.status !== 'applied') return answer;
  const total = { kind: 'total', base: 'x', batch: '0', pending: '0' } as const;
  return { ...answer, outcomes: new Map([[0, total]]) };
};

describe('an answer that is not understood', () => {
  test('is asked for again, and counted once', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.faults.push(nonsense, nonsense);
    await buffer.add('a', 1, INTERVAL);
    expect(await counted('a')).toBe(1n);
  });

  test('costs one error however long it lasts, and the lane goes on', async () => {
    const { buffer, cache, counted, events } = await startCounting();
    const unknown: unknown[] = [];
    events.on('outcomeUnknown', (event) => unknown.push(event));
    cache.faults.push(...Array.from({ length: 3 }, () => nonsense));
    const error = await buffer.add('a', 1, INTERVAL).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { name: 'TypeError' } });
    expect(unknown).toHaveLength(1);
    await buffer.add('a', 2, INTERVAL);
    expect(await counted('a')).toBe(3n);
    expect(buffer.size).toBe(0);
  });

  test('that is found late costs one error, and the lane goes on', async () => {
    const { buffer, cache, counted } = await startCounting();
    cache.faults.push(strange);
    const total = buffer.addAndGet('a', 1, INTERVAL);
    const beside = buffer.add('b', 1, INTERVAL);
    await expect(total).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await expect(beside).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await buffer.add('b', 1, INTERVAL);
    expect(await counted('b')).toBe(2n);
    expect(buffer.size).toBe(0);
    await buffer.whenSettled();
  });
});
