import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../lib/cache/counter-cache.js';
import { bucketName, bucketSuffix, type CountWindow } from '../../../lib/words/bucket-name.js';
import { INT64_MAX, INT64_MIN } from '../../support/int64.js';
import { DELICATE_NAMES } from '../names.js';
import {
  batch,
  counters,
  newNamespace,
  type StoreSubject,
  values,
} from '../counter-store.conformance.js';

const BEGIN = Date.UTC(2026, 10, 1);
const bucket = (name: string, window: CountWindow, after = 0): string =>
  bucketName(name, bucketSuffix({ window, start: BEGIN + after * 3_600_000 }));

const moving = (made: Batch, to: string): Batch => ({
  ...made,
  entries: made.entries.map((entry) => ({ ...entry, moveTo: to })),
});

export function families({ open }: StoreSubject): void {
  describe('names of buckets', () => {
    test('are answered in pages, of some counters or of a prefix', async () => {
      const store = open();
      const own = ['a', 'a:b', 'b'].flatMap((name) => [
        ...[0, 1, 2].map((after) => bucket(name, 'hour', after)),
        bucket(name, 'month'),
      ]);
      const deltas = Object.fromEntries([...own, 'a', 'b', 'c'].map((name) => [name, 1]));
      await store.apply(0, batch(1, deltas));
      const pages = async (of: Parameters<typeof store.buckets>[0]['of'], limit: number) => {
        const found: string[] = [];
        for (let after: string | undefined; ; after = found.at(-1)) {
          const page = await store.buckets({ of, after, limit });
          found.push(...page);
          if (page.length < limit) return found;
        }
      };
      for (const limit of [1, 3, 100]) {
        expect(await pages({ prefix: '' }, limit)).toEqual(own);
        expect(await pages({ prefix: 'a' }, limit)).toEqual(own.slice(0, 8));
        expect(await pages({ prefix: 'a:' }, limit)).toEqual(own.slice(4, 8));
        expect(await pages(['b', 'a', 'none'], limit)).toEqual([
          ...own.slice(0, 4),
          ...own.slice(8),
        ]);
      }
      expect(await store.buckets({ of: ['c'], limit: 5 })).toEqual([]);
      expect(await open().buckets({ of: { prefix: '' }, limit: 5 })).toEqual([]);
    });

    test('are those of the very counter', async () => {
      const store = open();
      const all = DELICATE_NAMES.map((name) => bucket(name, 'day'));
      await store.apply(0, batch(1, Object.fromEntries(all.map((name) => [name, 1]))));
      for (const name of DELICATE_NAMES) {
        expect(await store.buckets({ of: [name], limit: 9 })).toEqual([bucket(name, 'day')]);
      }
    });
  });

  test('a bucket that is removed loses its row if it is at zero, and no other one does', async () => {
    const store = open();
    const [gone, kept, other] = [bucket('a', 'hour'), bucket('a', 'hour', 1), bucket('a', 'day')];
    await store.apply(0, batch(1, { a: 3, [gone]: 3, [kept]: 3, [other]: 3, b: 1 }));
    const emptied = batch(2, { a: -3, [gone]: -3, [kept]: -2, [other]: -3 }, ['a', gone, kept]);
    expect(await store.apply(0, emptied)).toMatchObject({
      values: values({ a: 0, [gone]: 0, [kept]: 1, [other]: 0 }),
    });
    expect(await store.buckets({ of: ['a'], limit: 9 })).toEqual([other, kept]);
    expect(await counters(store)).toEqual({ b: 1n });
  });

  describe('what is to be moved', () => {
    test('is in the outbox, with what the row held after the addition, and in no row', async () => {
      const store = open();
      const hour = bucket('a', 'hour');
      await store.apply(0, batch(1, { a: 5, [hour]: 4, b: 1, 'at zero': 0 }));
      const moved = moving(batch(2, { a: 2, [hour]: 0, 'at zero': 0, 'no row': 0 }), 'to');
      const with_b = { ...moved, entries: [...moved.entries, ...batch(2, { b: 6 }).entries] };
      expect(await store.apply(0, with_b)).toMatchObject({
        status: 'applied',
        values: values({ a: 0, [hour]: 0, 'at zero': 0, 'no row': 0, b: 7 }),
      });
      expect(await counters(store)).toEqual({ b: 7n });
      expect(await store.buckets({ of: ['a'], limit: 9 })).toEqual([]);
      const rows = await store.outbox.take({ limit: 9 }, () => 'here');
      expect(rows).toHaveLength(2);
      expect(await store.outbox.last()).toBe(rows.at(-1)?.id);
      expect(await open().outbox.last()).toBeUndefined();
      expect(rows.find(({ delta }) => delta === '7')).toMatchObject({
        ...{ name: 'to', windows: [], moved: { suffix: undefined } },
      });
      expect(rows.find(({ delta }) => delta === '4')).toMatchObject({
        ...{
          name: 'to',
          windows: [],
          moved: { suffix: bucketSuffix({ window: 'hour', start: BEGIN }) },
        },
      });
    });

    test('is moved once, however often the batch comes', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: 5 }));
      const moved = moving(batch(2, { a: 1 }), 'to');
      await store.apply(0, moved);
      expect(await store.apply(0, moved)).toMatchObject({
        status: 'repeated',
        values: values({ a: 0 }),
      });
      expect(await store.outbox.state()).toMatchObject({ waiting: 1 });
    });

    test('is any value but the one without an opposite, which stays', async () => {
      const namespace = newNamespace();
      const store = open(namespace);
      await store.apply(0, batch(1, { lowest: INT64_MIN, highest: INT64_MAX, low: -5 }));
      const moved = moving(batch(2, { lowest: 0, highest: 0, low: 0 }), 'to');
      expect(await store.apply(0, moved)).toMatchObject({
        values: values({ lowest: INT64_MIN, highest: 0, low: 0 }),
      });
      expect(await counters(store)).toEqual({ lowest: INT64_MIN });
      const rows = await store.outbox.take({ limit: 9 }, () => 'here');
      expect(new Set(rows.map(({ delta }) => delta))).toEqual(new Set([String(INT64_MAX), '-5']));
      await store.outbox.remove(rows.map(({ id }) => id));
      expect(await store.outbox.state()).toMatchObject({ waiting: 0 });
    });

    test('stays where it would leave the range first', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: INT64_MAX }));
      const moved = moving(batch(2, { a: 1 }), 'to');
      expect(await store.apply(0, moved)).toMatchObject({ leftOut: ['a'] });
      expect(await counters(store)).toEqual({ a: INT64_MAX });
      expect(await store.outbox.state()).toMatchObject({ waiting: 0 });
    });
  });
}
