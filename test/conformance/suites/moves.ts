import { expect, test } from 'vitest';
import { bucketName, withoutNumber } from '../../../lib/words/bucket-name.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, addOnce, LATER, type Partition, remove, set, undo } from '../partition.js';

const HOUR = '1abc';
const ofHour = (name: string): string => bucketName(name, HOUR);

export function moves({ open, partition }: Subject): void {
  test('what is claimed of a counter and its buckets is to be moved, whether or not anything is pending of them', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 3, { interval: LATER, buckets: [HOUR] }), add('b', 1));
    const moved = { counter: 'a', to: 'to', lasting: LATER, names: ['a', ofHour('a'), 'none'] };
    const answer = await p.cache.move(p.index, moved);
    // the job of b is asked for
    expect(answer).toEqual({ wake: undefined });
    expect((await p.claimed()).entries.toSorted(byName)).toEqual([
      { name: 'a', delta: '3', remove: false, moveTo: 'to' },
      { name: ofHour('a'), delta: '3', remove: false, moveTo: 'to' },
      { name: 'b', delta: '1', remove: false },
      // a name that is not of the counter is due, and stays
      { name: 'none', delta: '0', remove: false },
    ]);
  });

  test('a counter of which nothing is pending is due at once, and a job is asked for', async () => {
    const p = await partition();
    const moved = { counter: 'a', to: 'to', lasting: LATER, names: ['a'] };
    const answer = await p.cache.move(p.index, moved);
    expect(answer?.wake).toMatchObject({ delay: 0 });
    expect((await p.claimed()).entries).toEqual([
      { name: 'a', delta: '0', remove: false, moveTo: 'to' },
    ]);
  });

  test('what comes later is moved too, until the time is over, or the counter is a target itself', async () => {
    const p = await partition();
    const moved = { counter: 'a', to: 'to', lasting: LATER };
    expect(await p.cache.move(p.index, moved)).toEqual({ wake: undefined });
    await p.sender.apply(add('a', 2));
    const batch = await p.claimed();
    expect(batch.entries).toEqual([{ name: 'a', delta: '2', remove: false, moveTo: 'to' }]);
    await p.acknowledge(batch, [['a', 0n]]);
    expect(await p.cache.move(p.index, { counter: 'a', to: 'a' })).toMatchObject({});
    await p.sender.apply(add('a', 1));
    const later = await p.claimed();
    expect(later.entries).toEqual([{ name: 'a', delta: '1', remove: false }]);
    await p.acknowledge(later, [['a', 1n]]);

    await p.cache.move(p.index, { ...moved, lasting: 0 });
    await p.sender.apply(add('a', 1));
    expect((await p.claimed()).entries).toEqual([{ name: 'a', delta: '1', remove: false }]);
    await p.cache.sweep(p.index);
  });

  test('what was set or deleted is moved as it comes to be', async () => {
    const p = await partition();
    for (const name of ['a', 'b']) await p.warm(name, 9);
    await p.sender.apply(set('a', 5), remove('b'));
    for (const name of ['a', 'b']) {
      await p.cache.move(p.index, { counter: name, to: 'to', lasting: LATER, names: [name] });
    }
    expect((await p.claimed()).entries.toSorted(byName)).toEqual([
      { name: 'a', delta: '-4', remove: false, expected: '9', moveTo: 'to' },
      { name: 'b', delta: '-9', remove: true, expected: '9', moveTo: 'to' },
    ]);
  });

  test('a batch keeps its targets, whoever has it, though the time is over', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const moved = { counter: 'a', to: 'to', lasting: LATER, names: ['a'] };
    await p.cache.move(p.index, moved);
    const batch = await p.claimed();
    await p.cache.move(p.index, { counter: 'a', to: 'a' });
    expect(await p.claimed()).toEqual(batch);
  });

  test('names are told apart, byte for byte, and targets may be any name', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name)));
    for (const name of DELICATE_NAMES) {
      await p.cache.move(p.index, { counter: name, to: `${name} 12 x`, lasting: LATER });
    }
    for (const { name, moveTo } of (await p.claimed()).entries) expect(moveTo).toBe(`${name} 12 x`);
  });

  test('a key that is not known is to be looked for under former names, and what comes behind it waits', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('to', 'own', 1));
    const former = { names: ['a', 'b c'], until: Date.now() + LATER };
    await p.cache.move(p.index, { counter: 'to', to: 'to', former });
    const moved = { kind: 'moved', from: former.names };
    const { outcomes } = await p.sender.apply(
      ...[
        addOnce('to', 'own', 1),
        add('to', 1),
        add('to', 2, { idempotencyKey: 'k' }),
        add('to', 4),
      ],
      ...[addOnce('other', 'k', 1), undo('other', 'x')],
    );
    expect([...outcomes]).toEqual([
      ...[
        [0, { kind: 'known' }],
        [2, moved],
        [3, { kind: 'behind' }],
        [5, { kind: 'unknown' }],
      ],
    ]);
    expect(await p.sender.outcome(undo('to', 'k'))).toEqual(moved);
    expect(await p.sender.outcome({ ...undo('to', 'k'), isAskedFor: true })).toEqual({
      kind: 'unknown',
    });
    const asked = add('to', 2, { idempotencyKey: 'k' });
    expect(await p.sender.outcome({ ...asked, isAskedFor: true })).toBeUndefined();
    expect(await p.sender.outcome(asked)).toEqual({ kind: 'duplicate' });
    expect(await p.unpersisted('to')).toBe(4n);
  });

  test('former names are told until no key can be known under them', async () => {
    const p = await partition();
    const former = { names: ['a'], until: Date.now() + LATER };
    const target = { counter: 'to', to: 'to' };
    expect(await p.cache.move(p.index, target)).toEqual({ wake: undefined });
    await p.cache.move(p.index, { ...target, former });
    expect(await p.cache.move(p.index, target)).toMatchObject({ former: { names: ['a'] } });
    await p.sender.apply(addOnce('b', 'k', 1, { within: 2 * LATER }));
    const found = await p.cache.move(p.index, { counter: 'b', to: 'c' });
    expect(found?.former?.names.map(withoutNumber)).toEqual(['b']);
    expect(found?.former?.until).toBeGreaterThan(Date.now() + LATER);

    const other = await partition();
    await other.cache.move(other.index, { ...target, former: { names: ['a'], until: 1 } });
    expect(await other.sender.outcome(addOnce('to', 'k', 1))).toBeUndefined();
  });

  test('of many former names the latest hundred are kept', async () => {
    const p = await partition();
    const target = { counter: 'to', to: 'to' };
    const until = Date.now() + LATER;
    const [first, second] = ['first', 'second'].map((prefix) => ({
      names: Array.from({ length: 100 }, (_, index) => `${prefix}:${index}`),
      until,
    }));
    const few = { names: ['first:7', 'last'], until };
    const kept = async () => (await p.cache.move(p.index, target))?.former?.names;
    await p.cache.move(p.index, { ...target, former: first });
    await p.cache.move(p.index, { ...target, former: second });
    expect(await kept()).toEqual(second?.names);
    await p.cache.move(p.index, { ...target, former: few });
    expect(await kept()).toEqual([...few.names, ...(second?.names ?? []).slice(0, 98)]);
    const more = [...(first?.names ?? []), ...few.names];
    await p.cache.move(p.index, { ...target, former: { names: more, until } });
    expect(await kept()).toEqual(first?.names);
  });

  test('a key is found with what it counted', async () => {
    const p = await partition();
    await p.sender.apply(
      ...[addOnce('a', 'k', 3, { buckets: [HOUR] }), add('a', -7, { idempotencyKey: 'k' })],
      ...[addOnce('a', 'back', 1), undo('a', 'back')],
    );
    const find = (names: readonly string[], key: Parameters<typeof p.cache.knownKey>[2]) =>
      p.cache.knownKey(p.index, names, key);
    const all = ['b', 'a', 'c'];
    expect(await find(all, { once: { key: 'k' } })).toEqual({
      ...{ counter: 'a', delta: '3' },
      once: { buckets: [HOUR], within: expect.any(Number) as number, taken: undefined },
    });
    expect(await find(all, { idempotencyKey: 'k' })).toEqual({ counter: 'a', delta: '-7' });
    expect(await find(all, { once: { key: 'back' } })).toBeUndefined();
    expect(await find(all, { idempotencyKey: 'back' })).toBeUndefined();
    expect(await find(['b'], { once: { key: 'k' } })).toBeUndefined();
    await p.warm('a', 0);
    await p.warm(ofHour('a'), 0);
    await p.sender.apply(remove('a'));
    expect(await find(all, { once: { key: 'k' } })).toBeUndefined();
  });

  test('a key that is to be taken back elsewhere is noted so, and nobody takes it back meanwhile', async () => {
    const p = await partition();
    const find = (
      name: string,
      more: Pick<Parameters<typeof p.cache.knownKey>[2], 'taken' | 'done'>,
    ) => p.cache.knownKey(p.index, [name], { once: { key: 'k' }, ...more });
    await p.sender.apply(
      ...[addOnce('a', 'k', 3, { buckets: [HOUR] }), addOnce('b', 'k', 1), addOnce('c', 'k', 1)],
      undo('c', 'k'),
    );
    const taken = { from: 'to', by: 'first' };
    const noted = { counter: 'a', delta: '3', once: { buckets: [HOUR], taken } };
    expect(await find('a', { taken })).toMatchObject(noted);
    expect(await find('a', { taken })).toMatchObject(noted);
    // the first note stays
    expect(await find('a', { taken: { from: 'x', by: 'second' } })).toMatchObject(noted);
    expect(await find('a', {})).toMatchObject(noted);
    for (const name of ['c', 'none']) expect(await find(name, { taken })).toBeUndefined();
    expect((await find('b', {}))?.once?.taken).toBeUndefined();

    // until it is done, each is to be asked for
    const asked = [addOnce('a', 'k', 1), undo('a', 'k')];
    for (const each of asked) {
      expect(await p.sender.outcome(each)).toEqual({ kind: 'moved', from: ['a'] });
    }
    const former = { names: ['x'], until: Date.now() + LATER };
    await p.cache.move(p.index, { counter: 'a', to: 'a', former });
    expect(await p.sender.outcome(undo('a', 'k'))).toEqual({ kind: 'moved', from: ['a', 'x'] });
    const [added, undone] = asked.map((each) => ({ ...each, isAskedFor: true }));
    expect(added && (await p.sender.outcome(added))).toEqual({ kind: 'known' });
    expect(undone && (await p.sender.outcome(undone))).toEqual({ kind: 'unknown' });

    expect(await find('a', { taken: { from: 'to', by: 'second' }, done: true })).toBeUndefined();
    expect(await find('b', { taken, done: true })).toBeUndefined();
    expect(await find('a', { taken, done: true })).toMatchObject({ counter: 'a', delta: '3' });
    expect(await find('a', { taken, done: true })).toBeUndefined();
    expect(await find('a', {})).toBeUndefined();
    expect(await p.sender.outcome(undo('a', 'k'))).toEqual({ kind: 'unknown' });
    expect(await p.unpersisted('a')).toBe(3n);
    expect(await p.sender.outcome(addOnce('a', 'k', 1))).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(4n);
  });

  test('a counter that gets the name anew, when the old one is followed no more, has keys of its own', async () => {
    const p = await partition();
    await p.sender.apply(
      ...[addOnce('a', 'ann', 1), addOnce('a', 'bob', 1), add('a', 2, { idempotencyKey: 'k' })],
    );
    await rename(p, 'a', 'b');
    // while it is followed, calls that come again find their keys
    expect(await p.sender.outcome(addOnce('a', 'ann', 1))).toEqual({ kind: 'known' });
    await p.sender.apply(addOnce('a', 'straggler', 1));
    await endOf(p, 'a', 'b');
    for (const key of ['ann', 'straggler']) {
      expect(await p.sender.outcome(undo('a', key))).toEqual({ kind: 'unknown' });
      expect(await p.sender.outcome(addOnce('a', key, 1))).toBeUndefined();
      expect(await p.sender.outcome(addOnce('a', key, 1))).toEqual({ kind: 'known' });
    }
    expect(await p.sender.outcome(add('a', 9, { idempotencyKey: 'k' }))).toBeUndefined();
    await p.sender.apply(addOnce('a', 'carl', 1));
    // under the new name those of before are known, and no others
    const found = async (key: string) => (await formerOf(p, 'b', key))?.counter;
    expect(withoutNumber((await found('ann')) ?? '')).toBe('a');
    expect(withoutNumber((await found('bob')) ?? '')).toBe('a');
    expect(await found('carl')).toBeUndefined();
    const taken = { from: 'b', by: 'first' };
    const names = await askedFor(p, 'b', 'ann');
    const ann = { once: { key: 'ann' }, taken };
    expect(await p.cache.knownKey(p.index, names, ann)).toMatchObject({ delta: '1' });
    expect(await p.cache.knownKey(p.index, names, { ...ann, done: true })).toBeDefined();
    expect(await found('ann')).toBeUndefined();
    expect(await p.sender.outcome(addOnce('a', 'ann', 1))).toEqual({ kind: 'known' });
    expect(await p.sender.outcome(undo('a', 'ann'))).toBeUndefined();
    expect(await p.sender.outcome(addOnce('a', 'ann', 1))).toBeUndefined();
  });

  test.each([['a call with a key'], ['a sweep'], ['another renaming']])(
    'that is so where %s is the first to come after the end',
    async (way) => {
      const p = await partition();
      await p.sender.apply(addOnce('a', 'ann', 1));
      await rename(p, 'a', 'b');
      await endOf(p, 'a', 'b');
      if (way === 'a sweep') await p.cache.sweep(p.index);
      else if (way === 'another renaming') await p.cache.move(p.index, { counter: 'a', to: 'a' });
      const again = [addOnce('a', 'ann', 1), addOnce('a', 'ann', 1)].map(
        (each) => () => p.sender.outcome(each),
      );
      expect(await again[0]?.()).toBeUndefined();
      // once: what is counted since then is known
      await p.cache.sweep(p.index);
      await p.cache.move(p.index, { counter: 'a', to: 'a' });
      expect(await again[1]?.()).toEqual({ kind: 'known' });
      expect(await formerOf(p, 'b', 'ann')).toBeDefined();
    },
  );

  test('what was counted under a former name stays known when a counter of that name is deleted, as often as you like', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('a', 'ann', 1), addOnce('a', 'back', 1), undo('a', 'back'));
    await rename(p, 'a', 'b');
    await p.warm('a', 0);
    for (let times = 0; times < 2; times++) {
      await p.sender.apply(remove('a'));
      expect((await formerOf(p, 'b', 'ann'))?.delta).toBe('1');
      expect(await formerOf(p, 'b', 'back')).toBeUndefined();
      expect(await p.sender.outcome(addOnce('a', 'ann', 7))).toBeUndefined();
    }
    // and those of the second counter of that name, where both were renamed
    await endOf(p, 'a', 'b');
    await p.sender.apply(addOnce('a', 'second', 2), addOnce('a', 'both', 3));
    await rename(p, 'a', 'b');
    expect((await formerOf(p, 'b', 'second'))?.delta).toBe('2');
    expect((await formerOf(p, 'b', 'ann'))?.delta).toBe('1');
    expect((await askedFor(p, 'b', 'x')).map(withoutNumber)).toEqual(['a', 'a']);
  });

  test('a counter that was renamed itself looks for no keys of former names any more: whoever got its counts does', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('a', 'ann', 1));
    await rename(p, 'a', 'b');
    await endOf(p, 'a', 'b');
    await rename(p, 'b', 'a');
    expect((await formerOf(p, 'a', 'ann'))?.delta).toBe('1');
    // while b is followed
    expect((await formerOf(p, 'b', 'ann'))?.delta).toBe('1');
    await endOf(p, 'b', 'a');
    expect(await p.sender.outcome(addOnce('b', 'ann', 1))).toBeUndefined();
    expect(await p.sender.outcome(undo('a', 'ann'))).toMatchObject({ kind: 'moved' });
    expect((await formerOf(p, 'a', 'ann'))?.delta).toBe('1');
  });

  test('a counter is no former name of its own', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('a', 'ann', 1), addOnce('b', 'bob', 1));
    await rename(p, 'a', 'b');
    await rename(p, 'b', 'a');
    expect((await askedFor(p, 'a', 'x')).map(withoutNumber)).toEqual(['b']);
    await rename(p, 'a', 'b');
    expect((await askedFor(p, 'b', 'x')).map(withoutNumber)).toEqual(['a']);
  });

  test('nothing is moved in a partition that was not set up', async () => {
    const cache = open();
    const moved = { counter: 'a', to: 'to', lasting: LATER, names: ['a'] };
    expect(await cache.move(0, moved)).toBeUndefined();
    expect(await cache.move(0, { counter: 'a', to: 'a' })).toBeUndefined();
  });
}

/** As `CounterMoves` does, where both are in one partition. */
async function rename({ cache, index }: Partition, from: string, to: string): Promise<void> {
  await cache.move(index, { counter: to, to });
  const moved = await cache.move(index, { counter: from, to, lasting: LATER });
  await cache.move(index, { counter: to, to, former: moved?.former });
}

/** The old name is followed no more. */
const endOf = ({ cache, index }: Partition, counter: string, to: string) =>
  cache.move(index, { counter, to, lasting: 0 });

/** The names under which a key is to be looked for. */
async function askedFor(p: Partition, name: string, key: string): Promise<readonly string[]> {
  const outcome = await p.sender.outcome(undo(name, key));
  return outcome?.kind === 'moved' ? outcome.from : [];
}

async function formerOf(p: Partition, name: string, key: string) {
  const names = await askedFor(p, name, key);
  return p.cache.knownKey(p.index, names, { once: { key } });
}

const byName = ({ name }: { name: string }, other: { name: string }): number =>
  name < other.name ? -1 : 1;
