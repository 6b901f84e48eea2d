import { describe, expect, test } from 'vitest';
import type { CounterStore, NamesQuery } from '../../../lib/database/counter-store.js';
import { batch, type StoreSubject } from '../counter-store.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { hour } from '../store-buckets.js';

/** All that the steps find, and how many steps it took. */
async function all(store: CounterStore, query: Omit<NamesQuery, 'after'>) {
  const found: string[] = [];
  let steps = 0;
  for (let after: string | undefined; ;) {
    const { names, next } = await store.names({ ...query, after });
    steps++;
    found.push(...names);
    if (next === undefined) return { found: found.sort(), steps };
    after = next;
  }
}

const counted = (names: readonly string[], of: NamesQuery['of']) =>
  batch(1, Object.fromEntries(names.map((name) => [of === 'counters' ? name : hour(name), 1])));

/** Counts, and moves it all to other counters: each is a row of the outbox then. */
async function move(store: CounterStore, counts: Record<string, number>): Promise<void> {
  await store.apply(0, batch(1, counts));
  const moved = batch(2, Object.fromEntries(Object.keys(counts).map((name) => [name, 0])));
  const entries = moved.entries.map((entry) => ({ ...entry, moveTo: `to ${entry.name}` }));
  await store.apply(0, { ...moved, entries });
}

export function findingNames({ open }: StoreSubject): void {
  describe.each(['counters', 'buckets'] as const)('names() of %s', (of) => {
    test('are found by what they consist of, wherever it stands, in steps', async () => {
      const [store, other] = [open(), open()];
      const asked = ['x{t}a', 'x{p,t}b,a', 'x{t,z}a,b', 'y{p,t,z}1,a,2'];
      const others = ['x', 'x{p}a', 'x{t}b', 't', 'x{s}t}', ...DELICATE_NAMES];
      await store.apply(0, counted([...asked, ...others], of));
      await other.apply(0, counted(['x{t}a'], of));
      const pieces = ['', '{', 't', '}', 'a', ''];
      const query = { of, prefix: '', pieces } as const;
      const sorted = [...asked].sort();
      expect(await all(store, { ...query, limit: 100 })).toEqual({ found: sorted, steps: 1 });
      // a step looks at so many rows, whatever they are
      const steps = Math.floor((asked.length + others.length) / 4) + 1;
      expect(await all(store, { ...query, limit: 4 })).toEqual({ found: sorted, steps });
      const ofX = { of, prefix: 'x{', pieces: ['x{', ...pieces.slice(2)], limit: 2 };
      expect((await all(store, ofX)).found).toEqual(sorted.filter((name) => name !== asked[3]));
      const another = of === 'counters' ? 'buckets' : 'counters';
      expect(await store.names({ ...query, of: another, limit: 1 })).toEqual({ names: [] });
    });

    test('are compared byte for byte, whatever a pattern makes of them', async () => {
      const store = open();
      const values = [
        '50%25',
        '5',
        '_',
        'A',
        '*',
        '[x]',
        '?',
        "it's",
        '\\',
        '!',
        'é',
        'e\u0301',
        '😀',
        '',
      ];
      const names = values.map((value) => `x{t}${value}`);
      await store.apply(0, counted(names, of));
      for (const [place, value] of values.entries()) {
        const ofValue = { of, prefix: 'x{', pieces: [`x{t}${value}`], limit: 3 };
        expect((await all(store, ofValue)).found).toEqual([names[place]]);
      }
      const anyValue = { of, prefix: 'x{', pieces: ['x{', 't', '}', ''], limit: 3 };
      expect((await all(store, anyValue)).found).toEqual([...names].sort());
    });
  });

  test('a counter with many buckets is found once', async () => {
    const store = open();
    const own = Array.from({ length: 9 }, (_, after) => hour('x{t}a', after));
    await store.apply(
      0,
      batch(1, Object.fromEntries([...own, hour('x{t}b')].map((name) => [name, 1]))),
    );
    const query = { of: 'buckets', prefix: '', pieces: ['', '{t}', ''], limit: 2 } as const;
    expect(await all(store, query)).toEqual({ found: ['x{t}a', 'x{t}b'], steps: 2 });
  });

  test('rows of the outbox note where each of them is counted', async () => {
    const store = open();
    await move(store, { a: 5, b: 6 });
    const rows = await store.outbox.take({ limit: 9 }, ({ name }) => `of ${name}`);
    expect(rows.map(({ name, takenBy }) => [name, takenBy]).toSorted()).toEqual([
      ['to a', 'of to a'],
      ['to b', 'of to b'],
    ]);
    expect(rows.map(({ takenBefore }) => takenBefore)).toEqual([false, false]);
  });

  test('rows of the outbox stay as they are where a list of ids is empty', async () => {
    const store = open();
    await move(store, { a: 5 });
    expect(await store.outbox.take({ ids: [], limit: 9 }, () => 'here')).toEqual([]);
    await store.outbox.remove([]);
    await store.outbox.refuse([], 'why');
    expect([await store.outbox.release([]), await store.outbox.discard([])]).toEqual([0, 0]);
    expect(await store.outbox.state()).toMatchObject({ waiting: 1, refused: 0 });
  });

  test('rows of the outbox that wait for an operator are named, in pages', async () => {
    const store = open();
    await move(store, { a: 5, b: 6, c: 7 });
    const rows = await store.outbox.take({ limit: 9 }, () => 'here');
    expect(await store.outbox.refused(undefined, 9)).toEqual([]);
    const refused = rows.filter(({ name }) => name !== 'to b').map(({ id }) => id);
    await store.outbox.refuse(refused, 'why');
    const first = await store.outbox.refused(undefined, 1);
    const second = await store.outbox.refused(first[0]?.id, 1);
    expect([...first, ...second].map(({ id }) => id)).toEqual([...refused].sort());
    expect([...first, ...second].map(({ name }) => name).sort()).toEqual(['to a', 'to c']);
    const { madeAt } = rows.find(({ name }) => name === 'to c') ?? {};
    const toC = { delta: '7', windows: [], moved: {}, madeAt, reason: 'why' };
    expect([...first, ...second].find(({ name }) => name === 'to c')).toMatchObject(toC);
    expect(await store.outbox.refused(second[0]?.id, 1)).toEqual([]);
    expect(await open().outbox.refused(undefined, 9)).toEqual([]);
  });

  test('a row of the outbox that is refused is taken no more, and stays', async () => {
    const store = open();
    await move(store, { a: 5, b: 6 });
    const [first, second] = await store.outbox.take({ limit: 9 }, () => 'here');
    const [a = '', b = ''] = [first?.id, second?.id];
    await store.outbox.refuse([a], 'it can never be counted');
    await store.outbox.refuse([a], 'another reason');
    const waiting = await store.outbox.take({ limit: 9 }, () => 'there');
    expect(waiting.map(({ id, takenBy }) => [id, takenBy])).toEqual([[b, 'here']]);
    expect(await store.outbox.take({ ids: [a], limit: 9 }, () => 'there')).toEqual([]);
    const oldest = new Date(second?.madeAt ?? 0);
    expect(await store.outbox.state()).toEqual({ waiting: 1, refused: 1, oldest });
    expect(await store.outbox.last()).toBe(b);
    await store.outbox.remove([b]);
    expect(await store.outbox.state()).toEqual({ waiting: 0, refused: 1, oldest: undefined });
    expect(await store.outbox.last()).toBe(a);
    const [kept] = await store.outbox.refused(undefined, 9);
    expect(kept).toMatchObject({ id: a, reason: 'it can never be counted' });
  });

  test('rows of the outbox that wait for an operator are counted or removed, and no other ones', async () => {
    const store = open();
    await move(store, { a: 5, b: 6, c: 7 });
    const rows = await store.outbox.take({ limit: 9 }, () => 'here');
    const ids = rows.map(({ id }) => id);
    const [a = '', b = '', c = ''] = ids;
    await store.outbox.refuse([a, c], 'why');
    expect([await open().outbox.release(ids), await open().outbox.discard(ids)]).toEqual([0, 0]);
    expect(await store.outbox.release([a, b])).toBe(1);
    expect(await store.outbox.state()).toMatchObject({ waiting: 2, refused: 1 });
    const taken = await store.outbox.take({ limit: 9 }, () => 'there');
    expect(taken.map(({ id, takenBy, takenBefore }) => [id, takenBy, takenBefore])).toEqual([
      [a, 'there', false],
      [b, 'here', true],
    ]);
    expect(await store.outbox.discard(ids)).toBe(1);
    expect(await store.outbox.discard([c])).toBe(0);
    expect(await store.outbox.state()).toMatchObject({ waiting: 2, refused: 0 });
  });
}
