import { beforeAll, describe, expect, test } from 'vitest';
import {
  FastCounterError,
  type ListedCounter,
  type ListOptions,
  UnsafeCountError,
} from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { INT64_MAX, INT64_MIN, UNSAFE } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Values -3, -3, -3, -2, …, -1, 1, …: many ties, and no 0, which would need no row. */
const PAGED = Array.from({ length: 23 }, (_, index) => ({
  name: `paged:${String.fromCharCode(97 + ((index * 7) % 23))}`,
  value: [-3, -2, -1, 1, 2, 3, 4, 5][Math.floor(index / 3)] ?? 0,
}));

const WILD = ['wild_a', 'wildXa', 'wild%a', 'wild\\a', "wild'a", 'wild"a', 'wild[a', 'Wild_a'];

describe.each(MODES)('list(), %s', (mode) => {
  const started = useApplication({ mode, updateInterval: 3_600_000 });

  beforeAll(async () => {
    const { counters } = started();
    await Promise.all(PAGED.map(({ name, value }) => counters.set(name, value)));
    await counters.incrMany(WILD.map((name) => ({ name })));
    await counters.incrMany(['á', 'a', 'A', 'z', 'Z'].map((name) => ({ name: `order:${name}` })));
    await counters.flush();
  });

  const pages = async (options: ListOptions): Promise<ListedCounter[]> => {
    const all: ListedCounter[] = [];
    for (;;) {
      const page = await started().counters.list({ ...options, after: all.at(-1) });
      if (page.length === 0) return all;
      all.push(...page);
    }
  };

  test.each(['asc', 'desc'] as const)(
    'pages by name, %s, without gap or repetition',
    async (to) => {
      const listed = await pages({ prefix: 'paged:', direction: to, limit: 5 });
      const expected = PAGED.map(({ name }) => name).sort(byBytes);
      if (to === 'desc') expected.reverse();
      expect(listed.map(({ name }) => name)).toEqual(expected);
    },
  );

  test.each(['asc', 'desc'] as const)(
    'pages by value, %s, also where values are equal',
    async (to) => {
      const listed = await pages({ prefix: 'paged:', order: 'value', direction: to, limit: 2 });
      const expected = PAGED.toSorted((a, b) => a.value - b.value || byBytes(a.name, b.name));
      if (to === 'desc') expected.reverse();
      expect(listed.map(({ name, value }) => ({ name, value }))).toEqual(expected);
    },
  );

  test('is by name and upwards, by value downwards, a hundred at most, unless told', async () => {
    const { counters } = started();
    const byName = await counters.list({ prefix: 'paged:' });
    expect(byName[0]).toMatchObject({ name: 'paged:a' });
    const [top, next] = await counters.list({ order: 'value', prefix: 'paged:' });
    expect([top?.value, next?.value]).toEqual([5, 5]);
    await counters.incrMany(Array.from({ length: 101 }, (_, index) => ({ name: `page-${index}` })));
    await counters.flush();
    expect(await counters.list({ prefix: 'page-' })).toHaveLength(100);
  });

  test('names are in the order of their bytes', async () => {
    const listed = await started().counters.list({ prefix: 'order:' });
    expect(listed.map(({ name }) => name.slice(6))).toEqual(['A', 'Z', 'a', 'z', 'á']);
  });

  test.each(WILD)('the prefix %o stands for itself alone', async (name) => {
    const listed = await started().counters.list({ prefix: name });
    expect(listed.map((counter) => counter.name)).toEqual([name]);
    const shorter = await started().counters.list({ prefix: name.slice(0, 5) });
    expect(shorter.map((counter) => counter.name)).toEqual([name]);
  });

  test('answers what is persisted, with its times, and not what is pending', async () => {
    const { counters } = started();
    const before = Date.now() - 1000;
    await counters.incr('shown', 3);
    await counters.flush(['shown']);
    await counters.incr('shown', 4);
    await counters.incr('shown-pending');
    const listed = await counters.list({ prefix: 'shown' });
    expect(listed).toMatchObject([{ name: 'shown', value: 3 }]);
    expect(listed[0]?.createdAt.getTime()).toBeGreaterThan(before);
    expect(listed[0]?.updatedAt).toEqual(listed[0]?.createdAt);
    await counters.flush(['shown']);
    const [later] = await counters.list({ prefix: 'shown' });
    expect(later?.createdAt).toEqual(listed[0]?.createdAt);
    expect(later?.updatedAt.getTime()).toBeGreaterThan(listed[0]?.updatedAt.getTime() ?? Infinity);
  });

  test('shows no counter of another namespace in the same table', async () => {
    const { counters, databaseUrl } = started();
    const other = await startApplication({ mode, databaseUrl });
    await other.counters.incr('foreign', 999);
    await other.counters.incr('paged:a', 999);
    await other.counters.flush();
    expect(await other.counters.list()).toHaveLength(2);
    expect(await counters.list({ prefix: 'foreign' })).toEqual([]);
    const listed = await counters.list({ limit: 1000 });
    expect(listed.find(({ value }) => value === 999)).toBeUndefined();
    await other.close();
  });

  test('answers values beyond 2^53 as bigint; as number it rejects', async () => {
    const { counters } = started();
    const values = [INT64_MAX, UNSAFE, 1n, -UNSAFE, INT64_MIN];
    for (const [index, value] of values.entries()) await counters.set(`big-${index}`, value);
    await counters.flush();
    await expect(counters.list({ prefix: 'big-' })).rejects.toThrow(UnsafeCountError);
    const options = { prefix: 'big-', order: 'value', bigint: true } as const;
    const listed = await counters.list(options);
    expect(listed.map(({ value }) => value)).toEqual(values);
    const rest = await counters.list({ ...options, after: listed[1] });
    expect(rest.map(({ value }) => value)).toEqual(values.slice(2));
  });

  test('answers an empty page behind the last one', async () => {
    const { counters } = started();
    expect(await counters.list({ prefix: 'nobody has this' })).toEqual([]);
    const after = { name: 'paged:w', value: 0 };
    expect(await counters.list({ prefix: 'paged:', after })).toEqual([]);
  });

  test.each([
    { limit: 0 },
    { limit: 10_001 },
    { limit: 1.5 },
    { order: 'size' },
    { direction: 'up' },
    { prefix: 7 },
    { prefix: 'a\0' },
    { prefix: '\ud800' },
    { after: { name: 'a' } },
    { after: { value: 1 } },
    { after: { name: 'a', value: 1.5 } },
    { after: 'a' },
    { after: { name: 'a\0', value: 1 } },
    { orderBy: 'name' },
    null,
  ])('refuses %o', async (options) => {
    const { counters } = started();
    await expect(counters.list(options as ListOptions)).rejects.toThrow(FastCounterError);
  });

  test('sum() and count() are of what is persisted, by prefix', async () => {
    const { counters } = started();
    const sum = PAGED.reduce((total, { value }) => total + value, 0);
    expect(await counters.sum({ prefix: 'paged:' })).toBe(sum);
    expect(await counters.count({ prefix: 'paged:' })).toBe(PAGED.length);
    expect(await counters.sum({ prefix: 'wild%' })).toBe(1);
    await counters.incr('paged:a', 1_000);
    expect(await counters.sum({ prefix: 'paged:', bigint: true })).toBe(BigInt(sum));
    expect(await counters.count({ prefix: 'nobody:' })).toBe(0);
    const all = await counters.list({ limit: 10_000, bigint: true });
    expect(await counters.count()).toBe(all.length);
    const ofAll = all.reduce((total, { value }) => total + value, 0n);
    expect(await counters.sum({ bigint: true })).toBe(ofAll);
  });

  test('a sum that is not exact as number says so, with its value', async () => {
    const { counters } = started();
    await counters.set('summed:1', INT64_MAX);
    await counters.set('summed:2', INT64_MAX);
    await counters.flush();
    const error = await counters.sum({ prefix: 'summed:' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsafeCountError);
    expect(error).toMatchObject({ counter: 'summed:', value: 2n * INT64_MAX });
    expect(String(error)).toContain('The sum of the counters with prefix "summed:" is');
    expect(await counters.sum({ prefix: 'summed:', bigint: true })).toBe(2n * INT64_MAX);
    await counters.delete(['summed:1', 'summed:2']);
  });

  test.each([
    [{ prefx: 'a' }, 'sum() has no option "prefx"; it has prefix, bigint'],
    [{ prefix: 7 }, 'prefix must be a well-formed string'],
    [{ bigint: 1 }, 'bigint must be true or false'],
    ['a:', 'The options of sum() must be an object'],
  ])('sum() refuses %j', async (options, message) => {
    const { counters } = started();
    await expect(counters.sum(options as never)).rejects.toThrow(message);
  });

  test('count() refuses what it does not have', async () => {
    const { counters } = started();
    const asked = counters.count({ bigint: true } as never);
    await expect(asked).rejects.toThrow('count() has no option "bigint"; it has prefix');
  });
});
