import { expect, test } from 'vitest';
import type { SeenProcess } from '../../../lib/cache/processes.js';
import { completeUntil } from '../../../lib/operating/status/complete-until.js';

const NOW = Date.parse('2026-11-01T00:00:00Z');
const at = (ahead: number): Date => new Date(NOW + ahead);
const seen = (age: number, ahead: number): SeenProcess => ({
  ...{ host: 'h', pid: 1, version: '1', persists: false, age, unheardFor: age },
  // by the clock of Redis, which is another one
  seenAt: new Date(0),
  deliveredUntil: NOW + ahead,
});

test('is what the process itself has delivered, where it is alone', () => {
  expect(completeUntil([], NOW, undefined)).toEqual(at(0));
});

test('is the oldest that any process holds, or that waits in the outbox', () => {
  const processes = [seen(2000, -2000), seen(3000, -13_000), seen(1000, 500)];
  expect(completeUntil(processes, NOW, undefined)).toEqual(at(-13_000));
  expect(completeUntil(processes, NOW - 20_000, undefined)).toEqual(at(-20_000));
  expect(completeUntil(processes, NOW, at(-60_000))).toEqual(at(-60_000));
  expect(completeUntil(processes, NOW, at(-1))).toEqual(at(-13_000));
});

test('waits for a process that says nothing, for ten minutes', () => {
  expect(completeUntil([seen(600_000, -5000), seen(0, 0)], NOW, undefined)).toEqual(at(-5000));
  expect(completeUntil([seen(600_001, -5000), seen(0, 0)], NOW, undefined)).toEqual(at(0));
});

test('waits for it after a time in which nobody was heard, as Redis was away', () => {
  const away = { ...seen(3_600_000, -5000), unheardFor: 10_000 };
  expect(completeUntil([away, seen(0, 0)], NOW, undefined)).toEqual(at(-5000));
});

test('stays at the beginning of an outage of Redis while others may not have said what they hold since', () => {
  expect(completeUntil([], NOW, undefined, at(-60_000))).toEqual(at(-60_000));
  expect(completeUntil([seen(0, -90_000)], NOW, undefined, at(-60_000))).toEqual(at(-90_000));
});
