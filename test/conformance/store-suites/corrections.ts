import { describe, expect, test } from 'vitest';
import type {
  CorrectionQuery,
  CorrectionRow,
  NewCorrection,
} from '../../../lib/database/corrections/corrections.js';
import type { OutboxRow } from '../../../lib/database/outbox/outbox.js';
import { INT64_MIN } from '../../support/int64.js';
import { DELICATE_NAMES } from '../names.js';
import { newNamespace, type StoreSubject } from '../counter-store.conformance.js';

const JUNE = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

const row = (name: string, id: string, more: Partial<NewCorrection> = {}): NewCorrection => ({
  ...({ name, id, window: 'day', start: JUNE, delta: '-3', windows: ['month'] } as const),
  ...{ reason: `it's\n"wrong"; -- \\ 😀`, by: 'Ada,\tO\\Neill', madeAt: JUNE + 40 * DAY + 123 },
  ...more,
});

/** As it is kept: none of its windows was closed. */
const kept = (made: NewCorrection): CorrectionRow => ({ ...made, closed: [] });

const counted = ({ id, name, delta, madeAt }: NewCorrection): OutboxRow => ({
  ...{ id: `counted-${id}`, name, delta, windows: [], madeAt, moved: { suffix: '2abc' } },
});

const query = (name: string, more: Partial<CorrectionQuery> = {}): CorrectionQuery => ({
  ...({ name, withParts: false, window: 'day', from: 0, to: JUNE + 999 * DAY } as const),
  ...{ limit: 100, ...more },
});

export function corrections({ open }: StoreSubject): void {
  describe('corrections', () => {
    test('are kept as they were given, each once, with what they add', async () => {
      const namespace = newNamespace();
      const store = open(namespace);
      expect(await store.corrections.exists()).toBe(true);
      const first = row('calls', '17', { delta: String(INT64_MIN) });
      const make = (made: NewCorrection) => open(namespace).corrections.make(made, [counted(made)]);
      expect(await make(first)).toEqual({ status: 'made', closed: [] });
      const again = row('calls', '17', { delta: '5', reason: 'other' });
      expect(await make(again)).toEqual({ status: 'repeated', row: kept(first) });
      expect(await store.corrections.find(again)).toEqual(kept(first));
      expect(await store.corrections.find({ ...again, start: JUNE + DAY })).toBeUndefined();
      expect(await open().corrections.find(first)).toBeUndefined();
      expect(await store.outbox.take({ limit: 9 }, () => 'here')).toMatchObject([
        { id: 'counted-17', delta: first.delta, moved: { suffix: '2abc' } },
      ]);
    });

    test('that come at the same time under one id are one', async () => {
      const namespace = newNamespace();
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, i) => {
          const made = row('at once', 'id', { delta: String(i + 1) });
          return open(namespace).corrections.make(made, [{ ...counted(made), id: `counted-${i}` }]);
        }),
      );
      expect(all.filter(({ status }) => status === 'made')).toHaveLength(1);
      expect(all.filter(({ status }) => status === 'repeated')).toHaveLength(7);
      expect(await open(namespace).outbox.take({ limit: 9 }, () => 'here')).toHaveLength(1);
    });

    test('that know of others are made only where there are no further ones', async () => {
      const store = open();
      expect(await store.corrections.count('known')).toBe(0);
      expect(await store.corrections.make(row('known', 'a'), [], 0)).toEqual({
        status: 'made',
        closed: [],
      });
      expect(await store.corrections.make(row('known', 'b'), [], 0)).toEqual({
        status: 'overtaken',
      });
      expect(await store.corrections.count('known')).toBe(1);
      expect(await store.corrections.make(row('known', 'b'), [], 1)).toEqual({
        status: 'made',
        closed: [],
      });
      const others = [
        row('known', 'a', { start: JUNE + DAY }),
        row('known', 'a', { window: 'hour' }),
        row('other', 'a'),
      ];
      for (const other of others) await store.corrections.make(other, []);
      // that of an hour may have changed the day too
      expect(await store.corrections.count('known')).toBe(4);
    });

    test('are listed in pages: of a counter or with its parts, of a time, by the windows that they changed', async () => {
      const store = open();
      const made = [
        row('calls', 'a'),
        row('calls', 'b'),
        row('calls', 'a', { start: JUNE + DAY, window: 'hour', windows: ['day', 'month'] }),
        row('calls', 'a', { start: JUNE + 9 * DAY, windows: [] }),
        row('calls:other', 'a'),
        row('calls{tenant}acme', 'a', { window: 'week', windows: [] }),
        row('calls{tenant}acme', 'a', { start: JUNE + 2 * DAY }),
        row('calls{tenant}globex', 'a', { window: 'month', windows: [] }),
        row('callsign', 'a'),
        ...DELICATE_NAMES.map((name) => row(name, name.slice(0, 8))),
      ];
      for (const each of made) await store.corrections.make(each, []);
      const rows = made.map(kept);
      const pages = async (asked: CorrectionQuery) => {
        const found: CorrectionRow[] = [];
        for (;;) {
          const page = await store.corrections.list({ ...asked, after: found.at(-1) });
          found.push(...page);
          if (page.length < asked.limit) return found;
        }
      };
      for (const limit of [1, 2, 50]) {
        const days = [rows[0], rows[1], rows[2], rows[3]];
        expect(await pages(query('calls', { limit }))).toEqual(days);
        const withParts = { limit, withParts: true };
        expect(await pages(query('calls', withParts))).toEqual([...days, rows[6]]);
        const month = { ...withParts, window: 'month' } as const;
        expect(await pages(query('calls', month))).toEqual([
          ...[rows[0], rows[1], rows[2], rows[6], rows[7]],
        ]);
        const some = { ...month, from: JUNE + 1, to: JUNE + 2 * DAY };
        expect(await pages(query('calls', some))).toEqual([rows[2]]);
      }
      for (const name of DELICATE_NAMES) {
        expect(await pages(query(name, { limit: 3 }))).toEqual([kept(row(name, name.slice(0, 8)))]);
      }
    });
  });
}
