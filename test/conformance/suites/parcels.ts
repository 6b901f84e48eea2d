import { expect, test } from 'vitest';
import {
  OVERFLOWED,
  type ParcelEntry,
  REFUSED,
  type SeenEntry,
} from '../../../lib/cache/parcels.js';
import type { Operation } from '../../../lib/cache/counter-cache.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, LATER, MAX, type Partition, remove, set } from '../partition.js';

/** Parks what the partition holds, and answers the parcel's id. */
async function parked(p: Partition): Promise<string> {
  const { fence = 0, generation = '' } = await p.state();
  expect(await p.cache.park(p.index, undefined, fence + 1, 'next')).toBe(true);
  await p.join();
  return generation;
}

/** The entries of a parcel, sorted; each page has to bring some. */
async function contents(p: Partition, id: string): Promise<[name: string, delta: string][]> {
  const entries: [string, string][] = [];
  let cursor: string | undefined;
  do {
    const page = await p.cache.openParcel(p.index, id, cursor);
    entries.push(...page.entries.map(({ name, delta }): [string, string] => [name, delta]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return entries.sort();
}

/** Of a parcel of one page. */
async function entriesOf(p: Partition, id: string): Promise<ParcelEntry[]> {
  return (await p.cache.openParcel(p.index, id)).entries;
}

/** As they are in the parcel; an amount that no entry has where there is none. */
async function seen(p: Partition, id: string, ...fields: string[]): Promise<SeenEntry[]> {
  const entries = await entriesOf(p, id);
  return fields.map((field) => entries.find((it) => it.field === field) ?? { field, delta: '0' });
}

/** Leaves a counter out of a batch, as when its row is full. */
async function overflowed(p: Partition, name: string, delta: bigint): Promise<void> {
  await p.sender.apply(add(name, delta));
  await p.acknowledge(await p.claimed(), [], [name]);
}

export function parcels({ partition }: Subject): void {
  test('without anything put aside there are no parcels', async () => {
    const p = await partition();
    await p.sender.apply(add('a'));
    expect(await p.cache.parcels(p.index)).toEqual([]);
    await p.cache.park(p.index, undefined, 9, 'new');
    await p.join();
    await p.cache.park(p.index, undefined, 19, 'newer');
    expect(await p.cache.parcels(p.index)).toHaveLength(1);
  });

  test('a parcel holds what was claimed and what was pending', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    await p.claimed();
    await p.sender.apply(add('a', 5, { interval: LATER }), add('b', -1, { interval: LATER }));
    const id = await parked(p);
    const [parcel, ...others] = await p.cache.parcels(p.index);
    expect(others).toEqual([]);
    expect(parcel).toMatchObject({ id, counters: 3 });
    expect(Math.abs((parcel?.at ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await contents(p, id)).toEqual([
      ['a', '2'],
      ['a', '5'],
      ['b', '-1'],
    ]);
  });

  test('a large parcel is read in pages', async () => {
    const p = await partition();
    const names = Array.from({ length: 2500 }, (_, index) => `counter-${index}`);
    for (let i = 0; i < names.length; i += 500)
      await p.sender.apply(...names.slice(i, i + 500).map((name) => add(name, 3)));
    const id = await parked(p);
    expect(new Map(await contents(p, id))).toEqual(new Map(names.map((name) => [name, '3'])));
  });

  test('what is replayed counts again, on top of what came since, and is due', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', 3));
    await p.claimed();
    await p.sender.apply(add('a', 5));
    const id = await parked(p);
    await p.sender.apply(add('a', 10, { interval: LATER }));
    expect(await p.cache.replay(p.index, id, await entriesOf(p, id))).toEqual({
      replayed: 3,
      refused: [],
      changed: [],
    });
    expect(await p.unpersisted('a')).toBe(17n);
    expect(await p.drained()).toEqual(
      new Map([
        ['a', 17n],
        ['b', 3n],
      ]),
    );
    expect(await p.cache.parcels(p.index)).toEqual([]);
    expect(await p.cache.sweep(p.index)).toMatchObject({ parked: 0 });
  });

  test('what is replayed again is passed over', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', 3));
    const id = await parked(p);
    const entries = await seen(p, id, 'a');
    const replay = () => p.cache.replay(p.index, id, entries);
    expect([await replay(), await replay()]).toEqual([
      { replayed: 1, refused: [], changed: [] },
      { replayed: 0, refused: [], changed: [{ field: 'a' }] },
    ]);
    expect(await p.unpersisted('a')).toBe(2n);
    expect(await contents(p, id)).toEqual([['b', '3']]);
  });

  test('every name can be replayed', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name, 2)));
    const id = await parked(p);
    const all = await entriesOf(p, id);
    expect(all.map(({ field }) => field).sort()).toEqual(DELICATE_NAMES.toSorted());
    await p.cache.replay(p.index, id, all);
    expect(await p.drained()).toEqual(new Map(DELICATE_NAMES.map((name) => [name, 2n])));
  });

  test('a replayed counter is not deleted with what came before', async () => {
    const p = await partition();
    await p.warm('a', 7);
    await p.sender.apply(add('a', 2));
    const id = await parked(p);
    await p.warm('a', 7);
    await p.sender.apply(remove('a', { interval: LATER }));
    await p.cache.replay(p.index, id, await seen(p, id, 'a'));
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '-5', remove: false, expected: '7' },
    ]);
  });

  test('what would leave the range stays', async () => {
    const p = await partition();
    await p.warm('a');
    await p.sender.apply(add('a', MAX), add('b', 1), add('c', 1));
    const id = await parked(p);
    await p.warm('a', 1);
    await p.warm('b', MAX);
    const refused = [
      { field: 'a', reason: 'overflow' },
      { field: 'b', reason: 'overflow' },
    ];
    const result = await p.cache.replay(p.index, id, await seen(p, id, 'a', 'b', 'c'));
    expect(result.replayed).toBe(1);
    expect(result.refused).toEqual(expect.arrayContaining(refused));
    expect(await contents(p, id)).toEqual([
      ['a', `${MAX}`],
      ['b', '1'],
    ]);
    expect(await p.unpersisted('a')).toBe(0n);
    await p.sender.apply(add('b', -1));
    await p.cache.replay(p.index, id, await seen(p, id, 'b'));
    expect(await p.total('b')).toBe(MAX);
  });

  test('near the end of the range the persisted value has to be known', async () => {
    const p = await partition();
    await p.warm('a');
    await p.sender.apply(add('a', MAX));
    const id = await parked(p);
    expect(await p.cache.replay(p.index, id, await seen(p, id, 'a'))).toEqual({
      replayed: 0,
      refused: [{ field: 'a', reason: 'cold' }],
      changed: [],
    });
    await p.warm('a', 0);
    expect(await p.cache.replay(p.index, id, await seen(p, id, 'a'))).toMatchObject({
      replayed: 1,
    });
    expect(await p.total('a')).toBe(MAX);
  });

  test('what overflowed is a parcel, with every part of a counter', async () => {
    const p = await partition();
    await p.warm('a');
    await overflowed(p, 'a', MAX);
    await overflowed(p, 'a', 5n);
    await overflowed(p, 'b', 1n);
    expect(await p.cache.parcels(p.index)).toEqual([
      { id: OVERFLOWED, at: undefined, counters: 3 },
    ]);
    expect(await contents(p, OVERFLOWED)).toEqual([
      ['a', '5'],
      ['a', `${MAX}`],
      ['b', '1'],
    ]);
    const all = await entriesOf(p, OVERFLOWED);
    const small = all.filter(({ field }) => field !== 'a');
    expect(await p.cache.replay(p.index, OVERFLOWED, small)).toMatchObject({ replayed: 2 });
    expect(await p.unpersisted('a')).toBe(5n);
    expect(await p.cache.sweep(p.index)).toMatchObject({ overflowed: 1 });
  });

  test('what the database refuses is a parcel with what it said, and counts no more', async () => {
    const p = await partition();
    const refuse = async (deltas: Record<string, number | bigint>, error: string) => {
      await p.sender.apply(...Object.entries(deltas).map(([name, delta]) => add(name, delta)));
      const { nonce } = await p.claimed();
      const refused = [{ error, names: Object.keys(deltas) }];
      const request = { nonce, values: new Map(), leftOut: [], refused };
      await p.cache.acknowledge(p.index, request);
      await p.cache.acknowledge(p.index, request);
    };
    await p.warm('a');
    await refuse({ a: 2, b: 3 }, 'violates "small"');
    await refuse({ a: 5 }, 'no more\nof these');
    expect(await p.total('a')).toBe(0n);
    expect(await p.unpersisted('b')).toBe(0n);
    expect(await p.cache.parcels(p.index)).toEqual([
      { id: REFUSED, at: undefined, counters: 2, error: 'no more\nof these' },
    ]);
    expect(await contents(p, REFUSED)).toEqual([
      ['a', '7'],
      ['b', '3'],
    ]);
    expect(await p.cache.sweep(p.index)).toMatchObject({ refused: 2, overflowed: 0, parked: 0 });
    await refuse({ a: MAX }, 'too much');
    expect((await contents(p, REFUSED)).length).toBe(3);

    expect(await p.cache.replay(p.index, REFUSED, await seen(p, REFUSED, 'b'))).toEqual({
      replayed: 1,
      refused: [],
      changed: [],
    });
    expect(await p.unpersisted('b')).toBe(3n);
    expect(await p.cache.discard(p.index, REFUSED, await entriesOf(p, REFUSED))).toEqual([]);
    expect(await p.cache.parcels(p.index)).toEqual([]);
    await p.acknowledge(await p.claimed(), [['b', 3n]]);
    await refuse({ c: 1 }, 'another reason');
    expect(await p.cache.parcels(p.index)).toMatchObject([
      { id: REFUSED, error: 'another reason' },
    ]);
  });

  test('what the database refused is no part of what is parked by a rewind', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const { nonce } = await p.claimed();
    const refused = [{ error: 'no', names: ['a'] }];
    await p.cache.acknowledge(p.index, { nonce, values: new Map(), leftOut: [], refused });
    await p.sender.apply(add('a', 5));
    const id = await parked(p);
    expect(await contents(p, id)).toEqual([['a', '5']]);
    expect(await contents(p, REFUSED)).toEqual([['a', '2']]);
    expect(await p.cache.parcels(p.index)).toHaveLength(2);
  });

  test('a parcel knows which entries are of set and delete, and to what the row was to come', async () => {
    const p = await partition();
    for (const name of ['batch', 'later', 'gone', 'goes']) await p.warm(name, 7);
    await p.sender.apply(set('batch', 9), remove('gone'));
    await p.claimed();
    await p.sender.apply(
      ...[set('later', 20, { interval: LATER }), add('later', 5, { interval: LATER })],
      ...[remove('goes', { interval: LATER }), add('batch', 2, { interval: LATER })],
      ...[remove('kept', { interval: LATER })],
    );
    const id = await parked(p);
    const entries = await entriesOf(p, id);
    const told = entries.map(({ name, delta, replaces }) => [name, delta, replaces]);
    expect(told.sort()).toEqual([
      ['batch', '2', undefined],
      ['batch', '2', { operation: 'set', row: '7' }],
      ['goes', '-7', { operation: 'delete', row: '7' }],
      ['gone', '-7', { operation: 'delete', row: '7' }],
      ['later', '18', { operation: 'set', row: '7' }],
    ]);
    expect(await p.cache.discard(p.index, id, entries)).toEqual([]);
    expect(await p.cache.parcels(p.index)).toEqual([]);
  });

  test('so does what the database refuses, and an increment is no part of it', async () => {
    const p = await partition();
    const refuse = async (...operations: Operation[]): Promise<void> => {
      await p.sender.apply(...operations);
      const { nonce } = await p.claimed();
      const refused = [{ error: 'no', names: operations.map(({ name }) => name) }];
      await p.cache.acknowledge(p.index, { nonce, values: new Map(), leftOut: [], refused });
    };
    await p.warm('a', 7);
    await refuse(set('a', 8));
    // the row is as it was: this one is meant, however often it is refused
    await refuse(set('a', 9));
    await refuse(add('a', 2));
    await refuse(remove('a'));
    const entries = await entriesOf(p, REFUSED);
    const told = entries.map(({ name, delta, replaces }) => [name, delta, replaces?.operation]);
    expect(told.sort()).toEqual([
      ['a', '-7', 'delete'],
      ['a', '2', undefined],
      ['a', '2', 'set'],
    ]);
    expect(await p.cache.parcels(p.index)).toMatchObject([{ id: REFUSED, counters: 3 }]);
  });

  test('what is discarded is gone, and counts no more', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', 3));
    const id = await parked(p);
    const entries = await seen(p, id, 'a', 'b', 'unknown');
    const gone = (field: string) => ({ field, delta: undefined });
    const [a, b, unknown] = entries;
    const few = [a, unknown] as SeenEntry[];
    expect(await p.cache.discard(p.index, id, few)).toEqual([gone('unknown')]);
    expect(await contents(p, id)).toEqual([['b', '3']]);
    expect(await p.cache.discard(p.index, id, [a, b] as SeenEntry[])).toEqual([gone('a')]);
    expect(await p.cache.parcels(p.index)).toEqual([]);
    expect(await p.unpersisted('a')).toBe(0n);
    expect(await p.cache.discard(p.index, id, entries)).toHaveLength(3);
    const replayed = await p.cache.replay(p.index, id, few);
    expect(replayed).toMatchObject({ replayed: 0, refused: [], changed: [{}, {}] });
  });

  test('an entry that grew since it was read is neither discarded nor replayed', async () => {
    const p = await partition();
    await p.warm('a');
    const refuse = async (delta: number): Promise<void> => {
      await p.sender.apply(add('a', delta), add('b', delta));
      const { nonce } = await p.claimed();
      const refused = [{ error: 'no', names: ['a', 'b'] }];
      await p.cache.acknowledge(p.index, { nonce, values: new Map(), leftOut: [], refused });
    };
    await refuse(2);
    const before = await seen(p, REFUSED, 'a', 'b');
    await refuse(5);
    const grown = [
      { field: 'a', delta: '7' },
      { field: 'b', delta: '7' },
    ];
    expect(await p.cache.discard(p.index, REFUSED, before)).toEqual(grown);
    expect(await p.cache.replay(p.index, REFUSED, before)).toEqual({
      ...{ replayed: 0, refused: [], changed: grown, wake: undefined },
    });
    expect(await p.unpersisted('a')).toBe(0n);
    expect(await contents(p, REFUSED)).toEqual([
      ['a', '7'],
      ['b', '7'],
    ]);
    const [a, b] = grown as [SeenEntry, SeenEntry];
    expect(await p.cache.discard(p.index, REFUSED, [a])).toEqual([]);
    expect(await p.cache.replay(p.index, REFUSED, [b])).toMatchObject({ replayed: 1, changed: [] });
    expect(await p.unpersisted('b')).toBe(7n);
    expect(await p.cache.parcels(p.index)).toEqual([]);
  });

  test('a parcel is read by the beginning of names, and nothing else is answered', async () => {
    const p = await partition();
    const many = Array.from({ length: 700 }, (_, index) => `counter-${index}`);
    const names = [...DELICATE_NAMES, 'all*', 'any?', '[a-z]', '\\', 'not^'];
    await p.sender.apply(...names.map((name, index) => add(name, index + 1)));
    await p.sender.apply(...many.map((name) => add(name)));
    const id = await parked(p);
    for (const name of names) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await p.cache.openParcel(p.index, id, cursor, name);
        found.push(...page.entries.map((entry) => entry.name));
        ({ cursor } = page);
      } while (cursor !== undefined);
      expect(found).toEqual(expect.arrayContaining([name]) as string[]);
      expect(found.filter((other) => !other.startsWith(name))).toEqual([]);
    }
  });
}
