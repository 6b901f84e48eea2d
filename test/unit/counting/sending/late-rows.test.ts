import { expect, onTestFinished, test, vi } from 'vitest';
import { CacheUnavailableError, OutcomeUnknownError } from '../../../../lib/errors.js';
import { startCounting } from '../../../support/counting.js';
import { type Fault, lostCall, refused } from '../../../support/faulty-cache.js';

const interval = 60_000;
const DAY = 86_400_000;
/** A row of the outbox, whose time is over in a minute. */
const ofRow = (id: string) => ({
  ...{ name: 'row', delta: 5, madeAt: Date.now() },
  row: { id, notAfter: Date.now() + 60_000 },
});

function standStill(milliseconds: number): void {
  const now = Date.now() + milliseconds;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
}

/** Nothing arrives, and then the process stands still. */
const beforeStandstill =
  (fault: Fault, milliseconds: number): Fault =>
  (run) => {
    standStill(milliseconds);
    return fault(run);
  };

test('a row whose time was over before it was sent is not sent; what waits beside it is', async () => {
  const { buffer, cache, counted } = await startCounting();
  cache.holdBack();
  const first = buffer.add('first', 1, interval);
  await cache.called(1);
  const row = buffer.enter(ofRow('late'), interval).acknowledged;
  const beside = buffer.add('beside', 1, interval);
  standStill(61_000);
  cache.release();
  await first;
  await expect(row).rejects.toThrow(CacheUnavailableError);
  await beside;
  expect([await counted('row'), await counted('beside')]).toEqual([0n, 1n]);
});

test('nor is it sent again with a call that certainly was not applied', async () => {
  const { buffer, cache, counted } = await startCounting();
  cache.faults.push(beforeStandstill(refused, 61_000));
  const row = buffer.enter(ofRow('late'), interval).acknowledged;
  const beside = buffer.add('beside', 1, interval);
  await expect(row).rejects.toThrow('Its row stays');
  await beside;
  expect([await counted('row'), await counted('beside')]).toEqual([0n, 1n]);
});

test('a call with it that may have been applied is not repeated', async () => {
  const { buffer, cache, counted } = await startCounting();
  cache.faults.push(beforeStandstill(lostCall, 61_000));
  const row = buffer.enter(ofRow('late'), interval).acknowledged;
  await expect(row).rejects.toThrow(OutcomeUnknownError);
  expect(await counted('row')).toBe(0n);
  await buffer.enter(ofRow('later'), interval).acknowledged;
  expect(await counted('row')).toBe(5n);
});

test('and ends nothing that was to be sent at the same time', async () => {
  const { buffer, cache, counted } = await startCounting();
  cache.holdBack();
  const first = buffer.add('first', 1, interval);
  await cache.called(1);
  const rows = ['a', 'b'].map((id) => buffer.enter(ofRow(id), interval).acknowledged);
  const beside = ['c', 'd'].map((name) => buffer.add(name, 1, interval));
  cache.faults.push(beforeStandstill(lostCall, 61_000));
  cache.release();
  await first;
  for (const row of rows) await expect(row).rejects.toThrow(OutcomeUnknownError);
  await Promise.all(beside);
  expect([await counted('row'), await counted('c'), await counted('d')]).toEqual([0n, 1n, 1n]);
});

test('a call that may have been applied is repeated for days, and not until the cache has forgotten who sent it', async () => {
  const { buffer, cache, counted } = await startCounting();
  cache.faults.push(beforeStandstill(lostCall, 5 * DAY));
  await buffer.add('patient', 1, interval);
  expect(await counted('patient')).toBe(1n);
  cache.faults.push(beforeStandstill(lostCall, 12 * DAY));
  await expect(buffer.add('forgotten', 1, interval)).rejects.toThrow(OutcomeUnknownError);
  expect(await counted('forgotten')).toBe(0n);
});
