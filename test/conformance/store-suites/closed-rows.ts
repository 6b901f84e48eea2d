import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BatchEntry } from '../../../lib/cache/counter-cache.js';
import type { ClosedWindow } from '../../../lib/database/closing/closings.js';
import type { CounterStore } from '../../../lib/database/counter-store.js';
import type { OutboxRow } from '../../../lib/database/outbox/outbox.js';
import { bucketSuffix } from '../../../lib/words/bucket-name.js';
import { INT64_MAX } from '../../support/int64.js';
import { type StoreSubject } from '../counter-store.conformance.js';
import { HOUR, hour, START } from '../store-buckets.js';

const apiHour: ClosedWindow = { name: 'api', window: 'hour', start: START };
const END = START + HOUR;
const suffixOf = (after: number): string =>
  bucketSuffix({ window: 'hour', start: START + after * HOUR });
const [A, B] = ['api{t}a', 'api{t}b'];

/** Rows of closed windows that are removed, set anew and moved. */
export function closedRows({ open }: StoreSubject): void {
  async function apply(store: CounterStore, ...entries: Partial<BatchEntry>[]): Promise<void> {
    const { ledgers } = await store.read([], [0]);
    const filled = entries.map((entry) => ({ name: '', delta: '0', remove: false, ...entry }));
    const seq = (ledgers.get(0) ?? 0) + 1;
    expect(await store.apply(0, { seq, nonce: randomUUID(), entries: filled })).toMatchObject({
      status: 'applied',
    });
  }
  const late = async (store: CounterStore): Promise<Record<string, string>> => {
    const rows = await store.closings.takeLate(apiHour, undefined, 100);
    return Object.fromEntries(rows.map(({ name, delta }) => [name, delta]));
  };
  const numberOf = (store: CounterStore, name: string): Promise<string> =>
    store.closings.number({ ...apiHour, name });
  const heldBy = async (store: CounterStore, ...names: string[]): Promise<unknown> => {
    const { values } = await store.read(names, []);
    return names.map((name) => values.get(name));
  };
  /** An hour of two parts that is closed. */
  const closed = async (): Promise<CounterStore> => {
    const store = open();
    await apply(store, { name: hour(A), delta: '10' }, { name: hour(B), delta: '3' });
    await store.closings.close(apiHour, 'one', '');
    return store;
  };

  describe('rows of a closed window', () => {
    test.each([
      ['deleted', { remove: true }],
      ['set to zero', { remove: false }],
    ])('that are %s begin anew: what comes then is late, and no more', async (_, { remove }) => {
      const store = await closed();
      await apply(store, { name: hour(A), delta: '-10', expected: '10', remove });
      expect(await late(store)).toEqual({});
      await apply(store, { name: hour(A), delta: '5' });
      expect(await late(store)).toEqual({ [A]: '5' });
      expect(await late(store)).toEqual({});
      // with what came behind it, in one batch
      await apply(store, { name: hour(B), delta: '-1', expected: '3', remove });
      expect(await late(store)).toEqual({ [B]: '2' });
      expect([await numberOf(store, A), await numberOf(store, B)]).toEqual(['10', '3']);
    });

    test('that are deleted get a correction', async () => {
      const store = await closed();
      await apply(store, { name: hour(A), delta: '-10', expected: '10', remove: true });
      await correct(store, A, '-4');
      expect(await numberOf(store, A)).toBe('6');
      expect(await late(store)).toEqual({});
    });

    test('that expire begin anew', async () => {
      const store = await closed();
      await apply(store, { name: hour(A, 1), delta: '1' });
      for (let removed = 0; removed < 2; removed++) {
        expect(await store.expire('hour', new Date(END), 1, new Date())).toBe(1);
      }
      await apply(store, { name: hour(A), delta: '5' }, { name: hour('api{t}c'), delta: '1' });
      expect(await late(store)).toEqual({ [A]: '5', 'api{t}c': '1' });
      expect(await heldBy(store, hour(A, 1))).toEqual(['1']);
    });

    test('stay where they are when their counter is moved; its other windows go', async () => {
      const store = await closed();
      await apply(store, { name: hour(A, 1), delta: '7' }, { name: A, delta: '17' });
      const moving = [A, hour(A), hour(A, 1)].map((name) => ({ name, moveTo: B }));
      await apply(store, ...moving);
      const rows = await store.outbox.take({ limit: 9 }, () => 'here');
      const moved = rows.map((row) => [row.name, row.delta, row.moved?.suffix]);
      expect(moved.sort()).toEqual([
        [B, '17', undefined],
        [B, '7', suffixOf(1)],
      ]);
      expect(await heldBy(store, A, hour(A), hour(A, 1))).toEqual([undefined, '10', undefined]);
      expect(await late(store)).toEqual({});
      // what still comes under the old name is late there
      await apply(store, { name: hour(A), delta: '2', moveTo: B });
      expect(await late(store)).toEqual({ [A]: '2' });
      expect(await numberOf(store, A)).toBe('10');
    });

    test('are not moved into a closed window either: there they would come too late', async () => {
      const store = open();
      await apply(store, { name: hour('v1'), delta: '10' }, { name: hour('v1', 1), delta: '7' });
      await store.closings.close(apiHour, 'one', '');
      const moving = [hour('v1'), hour('v1', 1)].map((name) => ({ name, moveTo: 'api' }));
      await apply(store, ...moving);
      const rows = await store.outbox.take({ limit: 9 }, () => 'here');
      expect(rows.map(({ name, delta }) => [name, delta])).toEqual([['api', '7']]);
      expect(await heldBy(store, hour('v1'))).toEqual(['10']);
    });

    test('refuse a correction that they cannot hold, as a whole', async () => {
      const store = await closed();
      await apply(store, { name: hour(B), delta: String(INT64_MAX - 3n) });
      await expect(correct(store, B, '1')).rejects.toMatchObject({ code: 'COUNTER_OVERFLOW' });
      expect(await store.corrections.count(B)).toBe(0);
      expect(await numberOf(store, B)).toBe('3');
    });
  });

  describe('a window is not closed while something is to be counted in it:', () => {
    const MADE = { id: 'id', name: A, delta: '1', windows: [], madeAt: END + HOUR } as const;

    test.each<[string, Partial<OutboxRow>]>([
      ['an increment of a transaction, made before its end', { madeAt: END - 1 }],
      ['what is moved to it', { moved: { suffix: suffixOf(0) } }],
      ['an import', { past: { suffixes: [suffixOf(0)] } }],
    ])('%s', async (_, row) => {
      const store = open();
      await put(store, { ...MADE, ...row });
      expect(await store.closings.close(apiHour, 'one', '', END)).toBeUndefined();
      expect(await store.closings.find('api', { window: 'hour', first: 0, last: END })).toEqual([]);
      await store.outbox.remove(['id']);
      expect(await store.closings.close(apiHour, 'one', '', END)).toMatchObject({ id: 'one' });
    });

    test.each<[string, Partial<OutboxRow>]>([
      ['an increment that was made later', {}],
      ['what is moved to another window', { moved: { suffix: suffixOf(1) }, madeAt: START }],
      ['what is moved to the total', { moved: {}, madeAt: START }],
      ['another metered name', { name: 'apis', madeAt: START }],
    ])('but not for %s', async (_, row) => {
      const store = open();
      await put(store, { ...MADE, ...row });
      expect(await store.closings.close(apiHour, 'one', '', END)).toMatchObject({ id: 'one' });
    });

    test('but not for what waits for an operator', async () => {
      const store = open();
      await put(store, { ...MADE, madeAt: START });
      await store.outbox.refuse(['id'], 'why');
      const waits = await store.closings.close(apiHour, 'one', '', END);
      expect(waits).toMatchObject({ id: 'one' });
    });
  });

  /** What a correction of the hour adds to it. */
  const correct = (store: CounterStore, name: string, delta: string) => {
    const madeAt = Date.now();
    const id = randomUUID();
    const row = { ...apiHour, name, id, delta, windows: [], reason: 'why', by: 'ada', madeAt };
    const moved = { suffix: suffixOf(0) };
    return store.corrections.make(row, [{ id, name, delta, windows: [], madeAt, moved }]);
  };

  /** By a correction of another window: that writes to the outbox as it is told. */
  async function put(store: CounterStore, row: OutboxRow): Promise<void> {
    const of = {
      name: 'put',
      window: 'day',
      start: START,
      windows: [],
      reason: '',
      by: '',
    } as const;
    await store.corrections.make({ ...of, id: 'put', delta: '0', madeAt: START }, [row]);
  }
}
