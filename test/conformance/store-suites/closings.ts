import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ClosedWindow } from '../../../lib/database/closing/closings.js';
import type { CounterStore, PartsWindows } from '../../../lib/database/counter-store.js';
import type { OutboxRow } from '../../../lib/database/outbox/outbox.js';
import { bucketName, bucketSuffix } from '../../../lib/words/bucket-name.js';
import { batch, type StoreSubject, values } from '../counter-store.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { HOUR, hour, START } from '../store-buckets.js';

const apiHour = (ahead = 0): ClosedWindow => ({
  ...{ name: 'api', window: 'hour', start: START + ahead * HOUR },
});
const range = { window: 'hour', first: START, last: START + 9 * HOUR } as const;
const everything = { limit: 100 };
/** What rows hold, or the numbers of closed windows. */
const parts = async (store: CounterStore, windows: Partial<PartsWindows> = { last: START }) => {
  const page = { prefix: 'api', limit: 100, partitions: [0] };
  const { rows } = await store.parts({ ...page, windows: { ...range, ...windows } });
  return Object.fromEntries(rows.map(({ name, value }) => [name, BigInt(value)]));
};
const closedParts = (store: CounterStore, last = START) =>
  parts(store, { last, closed: { only: true } });
const noted = (rows: readonly { name: string; delta: string }[]) =>
  Object.fromEntries(rows.map(({ name, delta }) => [name, delta]));

export function closing({ open }: StoreSubject): void {
  describe('closings', () => {
    test('of a name keep what all of its parts had then, and nothing else', async () => {
      const store = open();
      expect(await store.closings.exists()).toBe(true);
      const counted = {
        api: 9,
        'api{t}a': 4,
        'api{t}b': 5,
        'api{t}gone': 0,
        apis: 1,
        'apis{t}a': 1,
      };
      const deltas = Object.entries(counted).map(([name, n]) => [hour(name), n] as const);
      await store.apply(0, batch(1, { ...Object.fromEntries(deltas), [hour('api', 1)]: 7 }));
      const made = await store.closings.close(apiHour(), 'one', 'ann');
      expect(made).toMatchObject({ ...apiHour(), id: 'one', by: 'ann' });
      expect(Math.abs(Number(made?.closedAt) - Date.now())).toBeLessThan(60_000);
      expect(await closedParts(store)).toEqual({ api: 9n, 'api{t}a': 4n, 'api{t}b': 5n });
      await store.apply(0, batch(2, { [hour('api')]: 100, [hour('api{t}late')]: 100 }));
      expect(await closedParts(store)).toEqual({ api: 9n, 'api{t}a': 4n, 'api{t}b': 5n });
      expect(await closedParts(open())).toEqual({});
    });

    test('happen once: a later call answers the first one, and keeps nothing', async () => {
      const store = open();
      await store.apply(0, batch(1, { [hour('api')]: 1 }));
      const first = await store.closings.close(apiHour(), 'one', '');
      await store.apply(0, batch(2, { [hour('api')]: 1, [hour('api{t}a')]: 1 }));
      expect(await store.closings.close(apiHour(), 'two', 'bob')).toEqual(first);
      expect(await closedParts(store)).toEqual({ api: 1n });
    });

    test('of many at once are one', async () => {
      const store = open();
      await store.apply(0, batch(1, { [hour('api')]: 1 }));
      const ids = Array.from({ length: 5 }, () => randomUUID());
      const all = await Promise.all(ids.map((id) => store.closings.close(apiHour(), id, '')));
      expect(new Set(all.map((each) => each?.id)).size).toBe(1);
      expect(await closedParts(store)).toEqual({ api: 1n });
    });

    test('are found by name and range, and by time', async () => {
      const [store, other] = [open(), open()];
      await other.closings.close(apiHour(), 'other', '');
      for (const ahead of [2, 0]) await store.closings.close(apiHour(ahead), `h${ahead}`, '');
      await store.closings.close({ ...apiHour(), name: 'api.x' }, 'x', '');
      const day = { ...apiHour(), window: 'day' } as const;
      await store.closings.close(day, 'day', '');
      const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);
      expect(ids(await store.closings.find('api', range))).toEqual(['h0', 'h2']);
      expect(ids(await store.closings.find('api', { ...range, last: START }))).toEqual(['h0']);
      expect(ids(await store.closings.since(START))).toEqual(['h2']);
      expect(ids(await store.closings.since(START - 1)).sort()).toEqual(['day', 'h0', 'h2', 'x']);
    });

    test('leave the other windows of a range to the rows', async () => {
      const store = open();
      await store.apply(
        0,
        batch(1, { [hour('api')]: 1, [hour('api', 1)]: 20, [hour('api', 2)]: 300 }),
      );
      for (const ahead of [0, 2]) await store.closings.close(apiHour(ahead), `h${ahead}`, '');
      const except = [START, START + 2 * HOUR];
      const open_ = { last: START + 2 * HOUR, closed: { except } };
      expect(await parts(store, open_)).toEqual({ api: 20n });
      expect(await closedParts(store, START + 2 * HOUR)).toEqual({ api: 301n });
    });

    test('take out of rows what came late, and note it', async () => {
      const store = open();
      await store.apply(0, batch(1, { [hour('api')]: 10, [hour('api{t}a')]: 10 }));
      await store.closings.close(apiHour(), 'one', '');
      expect(await store.closings.takeLate(apiHour(), undefined, 10)).toEqual([]);
      const late = { [hour('api')]: 5, [hour('api{t}a')]: -3, [hour('api{t}new')]: 8 };
      await store.apply(0, batch(2, { ...late, [hour('apis')]: 1, [hour('api', 1)]: 1 }));
      const taken = await store.closings.takeLate(apiHour(), undefined, 10);
      expect(noted(taken)).toEqual({ api: '5', 'api{t}a': '-3', 'api{t}new': '8' });
      expect(await store.closings.takeLate(apiHour(), undefined, 10)).toEqual([]);
      expect(await parts(store)).toMatchObject({ api: 10n, 'api{t}a': 10n, 'api{t}new': 0n });
      expect(await parts(store)).toMatchObject({ apis: 1n });
      const kept = await store.closings.late('api', range, everything);
      expect(kept).toEqual(taken);
      expect(kept[0]).toMatchObject({ window: 'hour', start: START });
      expect(kept[0]?.carriedTo).toBeUndefined();
      expect(await store.outbox.state()).toMatchObject({ waiting: 0 });
    });

    test('carry what came late to another window through the outbox, a part of it at a time', async () => {
      const store = open();
      await store.closings.close(apiHour(), 'one', '');
      await store.apply(0, batch(1, { [hour('api')]: 5, [hour('api{t}a')]: 2n ** 63n - 1n }));
      const carriedTo = START + 3 * HOUR;
      const first = await store.closings.takeLate(apiHour(), carriedTo, 1);
      const second = await store.closings.takeLate(apiHour(), carriedTo, 1);
      expect(noted([...first, ...second])).toEqual({ api: '5', 'api{t}a': String(2n ** 63n - 1n) });
      const rows = await store.outbox.take({ limit: 10 }, () => 'here');
      expect(noted(rows)).toEqual(noted([...first, ...second]));
      const { suffix } = rows[0]?.moved ?? {};
      expect(bucketName('api', suffix ?? '')).toBe(hour('api', 3));
      const kept = await store.closings.late('api', range, everything);
      expect(kept.map((row) => row.carriedTo)).toEqual([carriedTo, carriedTo]);
    });

    test('note late counts once, however many processes look', async () => {
      const store = open();
      await store.closings.close(apiHour(), 'one', '');
      const names = Array.from({ length: 20 }, (_, id) => hour(`api{t}${id}`));
      await store.apply(0, batch(1, Object.fromEntries(names.map((name) => [name, 1]))));
      const looks = Array.from({ length: 4 }, () =>
        store.closings.takeLate(apiHour(), undefined, 50),
      );
      // meanwhile further ones come
      await store.apply(0, batch(2, Object.fromEntries(names.map((name) => [name, 1]))));
      await Promise.all(looks);
      await store.closings.takeLate(apiHour(), undefined, 50);
      const sums = new Map<string, number>();
      for (const { name, delta } of await store.closings.late('api', range, everything)) {
        sums.set(name, (sums.get(name) ?? 0) + Number(delta));
      }
      expect([...sums.values()]).toEqual(names.map(() => 2));
      expect(Object.values(await parts(store)).filter((value) => value !== 0n)).toEqual([]);
      expect((await store.read(names, [])).values).toEqual(
        values(Object.fromEntries(names.map((name) => [name, 0]))),
      );
    });

    test('list late counts in pages', async () => {
      const store = open();
      await store.closings.close(apiHour(), 'one', '');
      for (const seq of [1, 2, 3]) {
        await store.apply(0, batch(seq, { [hour('api')]: seq }));
        await store.closings.takeLate(apiHour(), undefined, 10);
      }
      const first = await store.closings.late('api', range, { limit: 2 });
      expect(first.map(({ delta }) => delta)).toEqual(['1', '2']);
      const after = first[1]?.id;
      const rest = await store.closings.late('api', range, { after, limit: 2 });
      expect(rest.map(({ delta }) => delta)).toEqual(['3']);
      expect(await store.closings.late('apis', range, everything)).toEqual([]);
      const later = { ...range, first: START + HOUR };
      expect(await store.closings.late('api', later, everything)).toEqual([]);
    });

    test('tell counters whose rows were changed without a batch since a time, each once', async () => {
      const store = open();
      const begun = Date.now();
      const page = { after: '', limit: 10 };
      await store.apply(0, batch(1, { [hour('api{t}a')]: 5, [hour('api{t}d')]: 1 }));
      await store.closings.close(apiHour(), 'one', '');
      expect(await store.closings.changedSince(begun, page)).toEqual([]);
      await store.apply(0, batch(2, { [hour('api{t}c')]: 1, [hour('api{t}a')]: 1 }));
      await store.closings.takeLate(apiHour(), undefined, 10);
      const correct = (name: string, ahead: number, madeAt: number) => {
        const [id, delta] = [randomUUID(), '2'];
        const { start } = apiHour(ahead);
        const row = { ...apiHour(ahead), name, id, delta, windows: [], reason: 'why', by: 'ada' };
        const moved = { suffix: bucketSuffix({ window: 'hour', start }) };
        const counted = { id, name, delta, windows: [], madeAt, moved };
        return store.corrections.make({ ...row, madeAt }, [counted]);
      };
      await correct('api{t}a', 0, begun);
      await correct('api{t}b', 0, begun);
      // of a window that is open, and long ago
      await correct('api{t}e', 1, begun);
      await correct('api{t}f', 0, begun - HOUR);
      const changed = ['api{t}a', 'api{t}b', 'api{t}c'];
      expect(await store.closings.changedSince(begun, page)).toEqual(changed);
      const first = await store.closings.changedSince(begun, { ...page, limit: 2 });
      const rest = await store.closings.changedSince(begun, { after: 'api{t}b', limit: 2 });
      expect([first, rest]).toEqual([changed.slice(0, 2), changed.slice(2)]);
      expect(await store.closings.changedSince(begun - HOUR, page)).toContain('api{t}f');
      expect(await store.closings.changedSince(Date.now() + HOUR, page)).toEqual([]);
      expect(await open().closings.changedSince(begun, page)).toEqual([]);
    });

    test('get what a correction adds, in their numbers and rows, and the outbox has the rest', async () => {
      const store = open();
      await store.apply(0, batch(1, { [hour('api{t}a')]: 5 }));
      await store.closings.close(apiHour(), 'one', '');
      const delta = '-2';
      const corrected = (name: string, id: string) => {
        const counted = (suffix: string | undefined): OutboxRow => ({
          ...{
            id: `${id}-${suffix ?? ''}`,
            name,
            delta,
            windows: [],
            madeAt: START,
            moved: { suffix },
          },
        });
        const suffix = bucketSuffix({ window: 'hour', start: START });
        const later = bucketSuffix({ window: 'hour', start: START + HOUR });
        const row = { ...apiHour(), name, id, delta, windows: [], reason: 'why', by: 'ada' };
        const rows = [counted(suffix), counted(later), counted(undefined)];
        return store.corrections.make({ ...row, madeAt: START }, rows);
      };
      const made = await corrected('api{t}a', '1');
      expect(made).toEqual({ status: 'made', closed: [hour('api{t}a')] });
      expect(await corrected('api{t}a', '1')).toMatchObject({ status: 'repeated' });
      await corrected('api{t}new', '2');
      const place = { ...apiHour(), name: 'api{t}a', id: '1' };
      expect(await store.corrections.find(place)).toMatchObject({ closed: ['hour'] });
      expect(await closedParts(store)).toEqual({ 'api{t}a': 3n, 'api{t}new': -2n });
      expect(await parts(store)).toEqual({ 'api{t}a': 3n, 'api{t}new': -2n });
      expect(await store.closings.takeLate(apiHour(), undefined, 10)).toEqual([]);
      expect(await store.outbox.take({ limit: 9 }, () => 'here')).toHaveLength(4);
    });

    test('are of the windows of one date, where those have a time zone of their own', async () => {
      const store = open();
      const start = Date.UTC(2026, 9, 17);
      const months: ClosedWindow = { name: 'api', window: 'month*', start };
      const of = (name: string, begin = start) =>
        bucketName(name, bucketSuffix({ window: 'month*', start: begin }));
      const [acme, next] = [of('api{t}a'), of('api{t}b', start + 24 * HOUR)];
      await store.apply(0, batch(1, { [acme]: 5, [next]: 7 }));
      const closed = await store.closings.close(months, 'one', 'ann');
      expect(closed).toMatchObject(months);
      await store.apply(0, batch(2, { [acme]: -1 }));
      const dates = { window: 'month*', first: start, last: start } as const;
      expect(noted(await store.closings.takeLate(months, undefined, 10))).toEqual({
        'api{t}a': '-1',
      });
      expect(await store.closings.late('api', dates, everything)).toMatchObject([
        { window: 'month*', start },
      ]);
      const suffix = bucketSuffix(months);
      const row = {
        ...months,
        name: 'api{t}a',
        id: 'c',
        delta: '3',
        windows: [],
        reason: 'why',
        by: 'ada',
      };
      const counted = {
        id: 'c',
        name: 'api{t}a',
        delta: '3',
        windows: [],
        madeAt: START,
        moved: { suffix },
      };
      const made = await store.corrections.make({ ...row, madeAt: START }, [counted]);
      expect(made).toEqual({ status: 'made', closed: [acme] });
      expect(await store.corrections.find({ ...row })).toMatchObject({ window: 'month*', start });
      expect(await parts(store, { ...dates, closed: { only: true } })).toEqual({ 'api{t}a': 8n });
      expect(await store.closings.find('api', dates)).toEqual([closed]);
      expect(await parts(store, { ...dates, last: start + 24 * HOUR })).toMatchObject({
        'api{t}b': 7n,
      });
    });

    test('know delicate names', async () => {
      const store = open();
      for (const name of DELICATE_NAMES) {
        const closed = { ...apiHour(), name };
        await put(store, hour(name));
        await store.closings.close(closed, randomUUID(), `by ${name}`);
        const [found] = await store.closings.find(name, range);
        expect(found).toMatchObject({ ...closed, by: `by ${name}` });
      }
    });

    /** A count of its own, whatever the batch before was. */
    async function put(store: CounterStore, name: string): Promise<void> {
      const { ledgers } = await store.read([], [0]);
      await store.apply(0, batch((ledgers.get(0) ?? 0) + 1, { [name]: 1 }));
    }
  });
}
