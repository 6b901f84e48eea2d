import { describe, expect, test } from 'vitest';
import { INT64_MAX, INT64_MIN } from '../../support/int64.js';
import {
  batch,
  counters,
  expectLedger,
  newNamespace,
  type StoreSubject,
  values,
} from '../counter-store.conformance.js';

export function applying({ open, put }: StoreSubject): void {
  describe('apply()', () => {
    test('adds a batch to its rows and answers the values after it', async () => {
      const store = open();
      expect(await store.apply(0, batch(1, { a: 1, b: -2, c: 0 }))).toEqual({
        status: 'applied',
        values: values({ a: 1, b: -2, c: 0 }),
        leftOut: [],
        missing: 0,
      });
      expect(await store.apply(0, batch(2, { b: 5, d: 4, a: 0 }))).toEqual({
        status: 'applied',
        values: values({ a: 1, b: 3, d: 4 }),
        leftOut: [],
        missing: 0,
      });
      expect(await counters(store)).toEqual({ a: 1n, b: 3n, d: 4n });
    });

    test('remembers seq and nonce in the ledger of the partition', async () => {
      const store = open();
      const [first, third] = [batch(1, { a: 1 }), batch(2, { b: 1 })];
      await store.apply(0, first);
      await store.apply(3, third);
      await expectLedger(store, 1, first.nonce);
      await expectLedger(store, 2, third.nonce, 3);
      await expectLedger(store, 0, '', 1);
    });

    test('answers the same to a repeated batch, and adds nothing', async () => {
      const store = open();
      await store.apply(0, batch(1, { full: INT64_MAX }));
      const repeated = batch(2, { a: 7, full: 1, zero: 0 });
      const first = await store.apply(0, repeated);
      expect(first).toMatchObject({ status: 'applied', leftOut: ['full'] });
      for (let repeat = 0; repeat < 3; repeat++) {
        expect(await store.apply(0, repeated)).toEqual({ ...first, status: 'repeated' });
      }
      expect(await counters(store)).toEqual({ a: 7n, full: INT64_MAX });
    });

    test('says of a gap to a repeated batch what it said before, beside what was left out', async () => {
      const store = open();
      await store.apply(0, batch(1, { full: INT64_MAX }));
      const behind = batch(5, { a: 1, full: 1n });
      const gap = { missing: 3, leftOut: ['full'] };
      expect(await store.apply(0, behind)).toMatchObject({ status: 'applied', ...gap });
      expect(await store.apply(0, behind)).toMatchObject({ status: 'repeated', ...gap });
      const next = batch(6, { a: 1 });
      for (const status of ['applied', 'repeated']) {
        const noGap = { status, missing: 0, leftOut: [] };
        expect(await store.apply(0, next)).toMatchObject(noGap);
      }
    });

    test('refuses another batch of the same or an earlier seq, and changes nothing', async () => {
      const store = open();
      const applied = batch(2, { a: 1 });
      await store.apply(0, batch(1, { a: 1 }));
      await store.apply(0, applied);
      for (const seq of [2, 1, 0]) {
        const other = batch(seq, { a: 100, b: 100 });
        expect(await store.apply(0, other)).toEqual({ status: 'superseded', ledgerSeq: 2 });
      }
      expect(await counters(store)).toEqual({ a: 2n });
      await expectLedger(store, 2, applied.nonce);
    });

    test('applies a batch behind a gap, and says how many are missing', async () => {
      const store = open();
      await store.apply(0, batch(1, { a: 1 }));
      expect(await store.apply(0, batch(5, { a: 1 }))).toMatchObject({
        status: 'applied',
        missing: 3,
      });
      expect(await store.apply(0, batch(6, { a: 1 }))).toMatchObject({ missing: 0 });
      expect(await counters(store)).toEqual({ a: 3n });
    });

    test('leaves out what would overflow, and adds the others', async () => {
      const store = open();
      await store.apply(0, batch(1, { top: INT64_MAX, bottom: INT64_MIN, near: INT64_MAX - 1n }));
      const result = await store.apply(
        0,
        batch(2, { top: 1, other: 2, bottom: -1, near: 1, '"odd"\\': 3 }),
      );
      expect(result).toEqual({
        status: 'applied',
        values: values({ other: 2, near: INT64_MAX, '"odd"\\': 3 }),
        leftOut: ['top', 'bottom'],
        missing: 0,
      });
      expect(await counters(store)).toEqual({
        '"odd"\\': 3n,
        bottom: INT64_MIN,
        near: INT64_MAX,
        other: 2n,
        top: INT64_MAX,
      });
      // what was left out is of one batch
      const third = batch(3, { top: -1, bottom: 1 });
      for (const status of ['applied', 'repeated']) {
        expect(await store.apply(0, third)).toMatchObject({
          status,
          leftOut: [],
          values: values({ top: INT64_MAX - 1n, bottom: INT64_MIN + 1n }),
        });
      }
    });

    test('removes rows that come to zero if asked to, and only those', async () => {
      const store = open();
      await store.apply(0, batch(1, { gone: 5, kept: 5, unasked: 5, 'not-zero': 5 }));
      const result = await store.apply(
        0,
        batch(2, { gone: -5, kept: 0, unasked: -5, 'not-zero': -4, unknown: 0 }, [
          'gone',
          'not-zero',
          'unknown',
        ]),
      );
      expect(result).toMatchObject({
        status: 'applied',
        values: values({ gone: 0, kept: 5, unasked: 0, 'not-zero': 1, unknown: 0 }),
      });
      expect(await counters(store)).toEqual({ kept: 5n, 'not-zero': 1n, unasked: 0n });
      await store.apply(0, batch(3, { unasked: 0 }, ['unasked']));
      expect(await counters(store)).toEqual({ kept: 5n, 'not-zero': 1n });
    });

    test('does not touch rows of other names or namespaces', async () => {
      const [own, other] = [newNamespace(), newNamespace()];
      await put(other, 'a', 50n);
      await put(other, 'z', 0n);
      const before = await open(other).list({ order: 'name', direction: 'asc', limit: 10 });
      await open(own).apply(0, batch(1, { a: 1, z: 0 }, ['z']));
      expect(await open(other).list({ order: 'name', direction: 'asc', limit: 10 })).toEqual(
        before,
      );
      expect(await counters(open(other))).toEqual({ a: 50n, z: 0n });
      expect((await open(other).read([], [0])).ledgers.get(0)).toBe(0);
    });

    test('takes an empty batch, and one of 500 names, 191 characters each', async () => {
      const store = open();
      expect(await store.apply(0, batch(1, {}))).toMatchObject({ status: 'applied' });
      const names = Array.from({ length: 500 }, (_, index) => `${index}`.padStart(191, '数'));
      const deltas = Object.fromEntries(names.map((name, index) => [name, index + 1]));
      await store.apply(0, batch(2, deltas));
      expect(Object.keys(await counters(store))).toHaveLength(500);
      const read = await store.read(names, [0]);
      expect(names.map((name) => read.values.get(name))).toEqual(
        names.map((_, i) => String(i + 1)),
      );
    });

    test('sets createdAt once and updatedAt with every change', async () => {
      const store = open();
      const only = async () =>
        (await store.list({ order: 'name', direction: 'asc', limit: 1 }))[0] ?? expect.fail();
      await store.apply(0, batch(1, { a: 1 }));
      const before = await only();
      // until its clock goes on
      for (let seq = 2; ; seq++) {
        await store.apply(0, batch(seq, { a: 1 }));
        const after = await only();
        expect(after.createdAt).toEqual(before.createdAt);
        if (after.updatedAt > before.updatedAt) break;
      }
      const changed = await only();
      await store.apply(0, batch(1_000_000, { a: 0 }));
      expect(await only()).toEqual(changed);
    });
  });
}
