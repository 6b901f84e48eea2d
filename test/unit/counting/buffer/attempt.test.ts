import { describe, expect, test } from 'vitest';
import { Attempt } from '../../../../lib/counting/buffer/attempt.js';
import {
  BufferEntry,
  type EntrySum,
  type KnownCounter,
} from '../../../../lib/counting/entries/buffer-entry.js';
import { DatabaseUnavailableError, OutcomeUnknownError } from '../../../../lib/errors.js';

const delayed = new OutcomeUnknownError('The increment was not acknowledged in time');
/** What is promised has had its time to come about. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** An increment by 5 within bounds, and what was given back of it. */
function attempted() {
  const counter: KnownCounter = { name: 'quota', partition: 0, unsettledEntries: 1, call: 0 };
  const entry = new BufferEntry('add', counter, 1000, { bounds: { max: '10' } });
  entry.add(5);
  const total = entry.addCaller(5n);
  total.catch(() => undefined);
  const carried: EntrySum[] = [];
  const attempt = new Attempt(entry, total, (held) => {
    carried.push(held);
    return Promise.resolve();
  });
  return { entry, attempt, carried };
}

describe('an increment within bounds', () => {
  test('that was made is taken back, by what it added', async () => {
    const { entry, attempt, carried } = attempted();
    entry.answer(7n);
    entry.acknowledge();
    expect([await attempt.total, attempt.applied]).toEqual([7n, true]);
    await attempt.undo();
    expect(carried).toEqual([{ sum: -5n, interval: 1000, windows: undefined }]);
  });

  test('that was refused has nothing to take back', async () => {
    const { entry, attempt, carried } = attempted();
    entry.refuse(8n);
    entry.acknowledge();
    expect([await attempt.total, attempt.applied]).toEqual([8n, false]);
    await attempt.undo();
    expect(carried).toEqual([]);
  });

  test('whose caller was told of a delay is taken back once it is made', async () => {
    const { entry, attempt, carried } = attempted();
    entry.reject(delayed, performance.now());
    await expect(attempt.total).rejects.toThrow(delayed);
    const undone = attempt.undo();
    await settled();
    expect(carried).toEqual([]);
    entry.reject(delayed, performance.now());
    await settled();
    entry.answer(7n);
    entry.acknowledge();
    await undone;
    expect(carried).toHaveLength(1);
  });

  test('whose caller was told of a delay has nothing to take back where it is refused in the end', async () => {
    const { entry, attempt, carried } = attempted();
    entry.reject(delayed, performance.now());
    const undone = attempt.undo();
    await settled();
    entry.refuse(9n);
    entry.acknowledge();
    await undone;
    expect(carried).toEqual([]);
  });

  test('is made up for without bounds where they refused it, and where it was never tried', async () => {
    const refused = attempted();
    refused.entry.refuse(8n);
    refused.entry.acknowledge();
    await refused.attempt.makeUp();
    const unread = attempted();
    unread.entry.dropTotals(new DatabaseUnavailableError('The total could not be read'));
    unread.entry.acknowledge();
    await unread.attempt.makeUp();
    for (const { carried } of [refused, unread]) {
      expect(carried).toEqual([{ sum: 5n, interval: 1000, windows: undefined }]);
    }
  });

  test('is not made up for where it was made, or may be made yet', async () => {
    const made = attempted();
    made.entry.answer(7n);
    made.entry.acknowledge();
    await made.attempt.makeUp();
    const late = attempted();
    late.entry.reject(delayed, performance.now());
    const madeUp = late.attempt.makeUp();
    await settled();
    expect([made.carried, late.carried]).toEqual([[], []]);
    late.entry.answer(7n);
    late.entry.acknowledge();
    await madeUp;
    expect(late.carried).toEqual([]);
  });

  test('whose outcome stays unknown is not taken back: that could let more through', async () => {
    const { entry, attempt, carried } = attempted();
    void attempt.undo();
    void attempt.makeUp();
    entry.reject(delayed, performance.now());
    await settled();
    expect(carried).toEqual([]);
  });
});
