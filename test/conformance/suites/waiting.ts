import { expect, test } from 'vitest';
import type { CounterCache, WaitingNames, WaitingPage } from '../../../lib/cache/counter-cache.js';
import { bucketName } from '../../../lib/words/bucket-name.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add } from '../partition.js';

/** Of all pages, in the order of names. */
async function all(cache: CounterCache, partition: number, which: WaitingNames) {
  const found = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page = await cache.waiting(partition, which, cursor);
    found.push(...page.entries.map(({ name, delta }) => `${name} ${delta}`));
    cursor = page.cursor;
  }
  return found.sort();
}

export function waiting({ partition }: Subject): void {
  test('what waits is told, pending or in the open batch, and nothing else', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', -3));
    await p.claimed();
    await p.sender.apply(add('a', 4), add('c', 1));
    expect(await all(p.cache, p.index, { prefix: '' })).toEqual(['a 2', 'a 4', 'b -3', 'c 1']);
    expect(await all(p.cache, p.index, { prefix: 'c' })).toEqual(['c 1']);
  });

  test('a page tells what is in the open batch, and of which batches it knows', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2));
    const { fence = 0, batchSeq, generation } = await p.cache.waiting(p.index, { prefix: '' });
    expect([batchSeq, generation]).toEqual([undefined, p.sender.generation]);
    await p.claimed();
    await p.sender.apply(add('a', 4));
    const pages = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page: WaitingPage = await p.cache.waiting(p.index, { prefix: '' }, cursor);
      pages.push(page);
      cursor = page.cursor;
    }
    const at = { fence: fence + 1, batchSeq: fence + 1, generation };
    for (const page of pages) expect(page).toMatchObject(at);
    expect(pages.flatMap(({ entries }) => entries)).toEqual([
      { name: 'a', delta: '4' },
      { name: 'a', delta: '2', claimed: true },
    ]);
  });

  test('counters and the buckets of each window are told by themselves', async () => {
    const p = await partition();
    const [hour, day] = [bucketName('a', '1x'), bucketName('a', '2x')];
    await p.sender.apply(add('a', 1), add(hour, 1), add(day, 1), add(bucketName('b', '1y'), 2));
    expect(await all(p.cache, p.index, { prefix: '' })).toEqual(['a 1']);
    expect(await all(p.cache, p.index, { prefix: 'a', window: '1' })).toEqual([`${hour} 1`]);
    expect(await all(p.cache, p.index, { prefix: '', window: '2' })).toEqual([`${day} 1`]);
  });

  test('names of every kind are found by their beginning as it is', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name) => add(name, 1)));
    for (const name of DELICATE_NAMES) {
      const expected = DELICATE_NAMES.filter((other) => other.startsWith(name));
      const found = await all(p.cache, p.index, { prefix: name });
      expect(found).toEqual(expected.map((each) => `${each} 1`).sort());
    }
  });

  test('ten thousand counters come in pages', async () => {
    const p = await partition();
    const names = Array.from({ length: 10_000 }, (_, index) => `counter-${index}`);
    for (let from = 0; from < names.length; from += 1000) {
      await p.sender.apply(...names.slice(from, from + 1000).map((name) => add(name, 1)));
    }
    const found = new Set(await all(p.cache, p.index, { prefix: 'counter-' }));
    expect(found).toEqual(new Set(names.map((name) => `${name} 1`)));
  });
}
