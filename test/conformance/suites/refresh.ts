import { expect, test } from 'vitest';
import { bucketName } from '../../../lib/words/bucket-name.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, MAX, type Partition } from '../partition.js';

const hourOf = (name: string, hour = 0): string => bucketName(name, `1${hour.toString(36)}`);

/** Page by page; answers what stays known. */
async function refresh(p: Partition, names?: readonly string[]): Promise<string[]> {
  const near: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await p.cache.refresh(p.index, names, cursor);
    near.push(...page.near);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return near.sort();
}

export function refreshing({ open, partition }: Subject): void {
  test('cached values of these counters and of their windows are dropped, and of no others', async () => {
    const p = await partition();
    const [kept, dropped] = [
      ['ab', hourOf('ab'), 'c'],
      ['a', hourOf('a'), hourOf('a', 1), 'b'],
    ];
    await p.fill(Object.fromEntries([...kept, ...dropped].map((name) => [name, 7])));
    await p.sender.apply(add('a', 3), add('ab', 4));
    expect(await refresh(p, ['a', 'b', 'unknown'])).toEqual([]);
    for (const name of kept) expect((await p.parts(name)).base).toBe('7');
    for (const name of dropped) expect((await p.parts(name)).base).toBeUndefined();
    // what waits, waits on
    expect(await p.parts('a')).toEqual({ pending: '3' });
    await p.warm('a', 5);
    expect(await p.total('a')).toBe(8n);
  });

  test('windows are found among thousands of cached values, in both hashes', async () => {
    const p = await partition({ baseTtl: 60_000 });
    const names = Array.from({ length: 6000 }, (_, hour) => hourOf(`n${hour % 3}`, hour));
    await p.fill(Object.fromEntries(names.map((name) => [name, 1])));
    await refresh(p, ['n1', 'n2']);
    const { parts } = await p.cache.look(p.index, names);
    expect(parts.map(({ base }) => base)).toEqual(
      names.map((_, hour) => (hour % 3 === 0 ? '1' : undefined)),
    );
  });

  test('a value that was read before is not cached any more, one that was read after is', async () => {
    const p = await partition();
    const fillOf = async (value: string) => {
      const { fence = 0, generation = '', batchSeq, refreshes } = await p.cache.look(p.index, []);
      const seen = { fence, generation, batchSeq, refreshes };
      return { ...seen, ledgerSeq: fence, values: new Map([['a', value]]) };
    };
    for (let time = 0; time < 2; time++) {
      const before = await fillOf('100');
      await refresh(p, ['a']);
      await p.cache.fill(p.index, before);
      expect(await p.parts('a')).toEqual({});
    }
    await p.cache.fill(p.index, await fillOf('7'));
    expect(await p.parts('a')).toEqual({ base: '7' });
  });

  test('a value near the end of the range stays known until another one is cached', async () => {
    const p = await partition();
    await p.fill({ a: MAX, [hourOf('a')]: MAX, b: MAX, c: 1 });
    expect(await refresh(p, ['a', 'c'])).toEqual(['a', hourOf('a')]);
    expect(await p.parts('a')).toEqual({});
    expect(await p.sender.outcome(add('a'))).toEqual({ kind: 'overflow' });
    await p.fill({ a: 7 });
    expect(await p.sender.outcome(addAndTotal('a'))).toMatchObject({ base: '7', pending: '1' });
    // the row of this one was not changed
    await p.fill({ [hourOf('a')]: MAX });
    expect(await p.sender.outcome(add('b'))).toEqual({ kind: 'overflow' });
    expect(await refresh(p, ['a', 'b'])).toEqual([hourOf('a'), 'b']);
  });

  test('without names all cached values are dropped', async () => {
    const p = await partition();
    await p.fill({ a: 1, [hourOf('a')]: 2, b: MAX });
    expect(await refresh(p)).toEqual(['b']);
    expect(await p.parts('a')).toEqual({});
    expect(await p.sender.outcome(add('b'))).toEqual({ kind: 'overflow' });
  });

  test('a partition that was not set up has nothing to drop', async () => {
    expect(await open().refresh(0, ['a'])).toEqual({ near: [], cursor: undefined });
  });
}
