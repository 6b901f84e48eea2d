import { expect, test } from 'vitest';
import type { CounterIncrement } from '../../../../lib/index.js';
import { newEntries } from '../../../../lib/counting/buffer/new-entries.js';
import { startCounting } from '../../../support/counting.js';

test.each<[string, CounterIncrement[], number]>([
  ['those of one name share an entry', [{ name: 'a' }, { name: 'a' }, { name: 'b' }], 2],
  ['those of one that is open join it', [{ name: 'open' }, { name: 'a' }], 1],
  ['an idempotency key has its own', [{ name: 'open', idempotencyKey: 'k' }], 1],
  [
    'it ends the one before',
    [{ name: 'open' }, { name: 'open', idempotencyKey: 'k' }, { name: 'open' }],
    2,
  ],
  ['so do other windows', [{ name: 'open' }, { name: 'open', windows: ['day'] }], 1],
  ['the same windows share', [1, 2, 3].map(() => ({ name: 'a', windows: ['day'] })), 1],
])('%s', async (_what, increments, needed) => {
  const { buffer } = await startCounting();
  void buffer.add('open', 1, 60_000);
  expect(newEntries(increments, buffer)).toBe(needed);

  for (const { name, idempotencyKey, windows } of increments) {
    void buffer.enter({ name, idempotencyKey, windows }, 60_000).acknowledged;
  }
  expect(buffer.size).toBe(1 + needed);
});
