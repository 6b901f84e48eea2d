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

test('are from the oldest on, whichever was written first', () => {
  const rows = new ExpectedRows();
  rows.begin(400);
  rows.begin(300);
  rows.add(['b'], open, 200);
  rows.add(['a'], open, 100);
  expect(rows.since).toBe(100);
  rows.delete('a');
  expect(rows.since).toBe(200);
  rows.delete('b');
  expect(rows.since).toBe(300);
});

test('are looked for in turns: those that stay hold up no others', () => {
  const rows = new ExpectedRows();
  rows.add(['a', 'b', 'c', 'd', 'e'], () => false, 100);
  const due = () => [...rows.due(2).keys()];
  expect([due(), due(), due()]).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'a'],
  ]);
});

test('that are more than are remembered are from their beginning on, until their transaction is over', () => {
  const rows = new ExpectedRows();
  let isOpen = true;
  const ids = Array.from({ length: 10_001 }, (_, i) => String(i));
  rows.add(ids, () => isOpen, 100);
  rows.add(['more'], open, 200);
  for (const id of ids) rows.delete(id);
  expect(rows.since).toBe(100);
  isOpen = false;
  // others come all the time
  rows.add(['later'], open, 300);
  expect(rows.since).toBe(200);
});
