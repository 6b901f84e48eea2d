import { describe, expect, test } from 'vitest';
import type { ImportedEvent } from '../../../lib/database/imports/imports.js';
import type { OutboxRow } from '../../../lib/database/outbox/outbox.js';
import { newNamespace, type StoreSubject } from '../counter-store.conformance.js';

const JUNE = Date.UTC(2026, 5, 1);
const eventsOf = (first: number, length: number): ImportedEvent[] =>
  Array.from({ length }, (_, i) => ({
    digest: String(first + i).padStart(16, 'x'),
    at: JUNE + first + i,
  }));
const counting = (events: readonly ImportedEvent[]) => (isNew: (digest: string) => boolean) => {
  const name = `events of ${events.filter(({ digest }) => isNew(digest)).length}`;
  const row = {
    id: `import-${events[0]?.digest ?? ''}`,
    name,
    delta: '1',
    windows: [],
    madeAt: JUNE,
  };
  return [{ ...row, past: { suffixes: ['2abc', '3def'] } }] satisfies OutboxRow[];
};

export function imports({ open }: StoreSubject): void {
  describe('imports', () => {
    test('take each event once, whatever comes with it, and write what is new to the outbox', async () => {
      const namespace = newNamespace();
      const take = (events: readonly ImportedEvent[]) =>
        open(namespace).imports.take(events, counting(events));
      expect(await open(namespace).imports.exists()).toBe(true);
      // more than a row holds
      expect(await take(eventsOf(0, 4500))).toBe(4500);
      expect(await take(eventsOf(0, 4500).reverse())).toBe(0);
      const overlapping = [...eventsOf(4490, 20), ...eventsOf(4490, 20)];
      expect(await take(overlapping)).toBe(10);
      expect(await take(eventsOf(100_000, 5))).toBe(5);
      expect(await take([...eventsOf(4505, 5), ...eventsOf(99_999, 6)])).toBe(1);
      const rows = await open(namespace).outbox.take({ limit: 99 }, () => 'here');
      expect(rows.map(({ name }) => name).sort()).toEqual([
        ...['events of 1', 'events of 20', 'events of 4500', 'events of 5'],
      ]);
      expect(rows[0]?.past).toEqual({ suffixes: ['2abc', '3def'] });
      expect(await open().imports.take(eventsOf(0, 1), () => [])).toBe(1);
    });

    test('of many rows of one time find all of them', async () => {
      const store = open();
      const at = JUNE;
      for (let i = 0; i < 60; i++) {
        const digest = `same-${i}`.padEnd(16, '-');
        expect(await store.imports.take([{ digest, at }], () => [])).toBe(1);
      }
      const all = Array.from({ length: 61 }, (_, i) => ({
        digest: `same-${i}`.padEnd(16, '-'),
        at,
      }));
      expect(await store.imports.take(all, () => [])).toBe(1);
    });

    test('that take nothing as they fail take it the next time', async () => {
      const store = open();
      const broken = async () => {
        await store.imports.take(eventsOf(0, 3), () => {
          throw new RangeError('broken');
        });
      };
      await expect(broken()).rejects.toThrow(/broken/);
      expect(await store.imports.take(eventsOf(0, 3), () => [])).toBe(3);
    });
  });
}
