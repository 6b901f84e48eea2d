import { expect, test } from 'vitest';
import { ExpectedRows } from '../../../../lib/counting/outbox/expected-rows.js';

const open = (): boolean => true;

test('are from when they were made on, also while they are being written', () => {
  const rows = new ExpectedRows();
  expect(rows.since).toBe(Infinity);
  const end = rows.begin(100);
  const endOther = rows.begin(200);
  expect(rows.since).toBe(100);
  rows.add(['a'], open, 100);
  end();
  expect(rows.since).toBe(100);
  rows.delete('a');
  expect(rows.since).toBe(200);
  endOther();
  expect(rows.since).toBe(Infinity);
});

test('are from the oldest on where there are more than are remembered', () => {
  const rows = new ExpectedRows();
  const ids = Array.from({ length: 10_000 }, (_, i) => String(i));
  rows.add(ids, open, 100);
  rows.add(['more'], open, 200);
  for (const id of ids.slice(1)) rows.delete(id);
  expect(rows.since).toBe(100);
  rows.delete('0');
  expect(rows.since).toBe(Infinity);
});
