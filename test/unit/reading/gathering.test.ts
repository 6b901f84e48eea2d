import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CacheUnavailableError } from '../../../lib/errors.js';
import { GatheredLooks } from '../../../lib/reading/gathering/gathered-looks.js';
import { GatheredRows } from '../../../lib/reading/gathering/gathered-rows.js';

/** Looks that are noted, and answer for each name its own text as pending. */
function noted(most = 1000) {
  const calls: [partition: number, names: readonly string[]][] = [];
  const looks = new GatheredLooks((partition, names) => {
    calls.push([partition, names]);
    if (partition === 9) return Promise.reject(new CacheUnavailableError('partition 9 is away'));
    return Promise.resolve({ fence: 1, parts: names.map((pending) => ({ pending })) });
  }, most);
  return { calls, looks };
}

describe('looks of one turn', () => {
  it('are one call a partition, and each caller gets the parts of his names', async () => {
    const { calls, looks } = noted();
    const answers = await Promise.all([
      looks.look(0, ['a', 'b']),
      looks.look(1, ['c']),
      looks.look(0, ['b']),
      looks.look(0, ['d', 'a']),
    ]);
    expect(calls).toEqual([
      [0, ['a', 'b', 'd']],
      [1, ['c']],
    ]);
    expect(answers.map(({ parts }) => parts.map(({ pending }) => pending))).toEqual([
      ['a', 'b'],
      ['c'],
      ['b'],
      ['d', 'a'],
    ]);
    expect(answers.map(({ fence }) => fence)).toEqual([1, 1, 1, 1]);
  });

  it('gather also where callers await other promises first', async () => {
    const { calls, looks } = noted();
    const resolver = async (name: string): Promise<void> => {
      for (let step = 0; step < 10; step++) await Promise.resolve();
      await looks.look(0, [name]);
    };
    await Promise.all([looks.look(0, ['first']), resolver('second'), resolver('third')]);
    expect(calls.map(([, names]) => names)).toEqual([['first', 'second', 'third']]);
  });

  it('leave within the turn where one comes alone', async () => {
    const { calls, looks } = noted();
    for (let i = 0; i < 3; i++) {
      let isOver = false;
      const immediate = setImmediate(() => (isOver = true));
      await looks.look(0, ['lonely']);
      expect(isOver).toBe(false);
      clearImmediate(immediate);
    }
    expect(calls).toHaveLength(3);
  });

  it('gather for a turn while others are under way', async () => {
    const calls: (readonly string[])[] = [];
    let answer: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (answer = resolve));
    const looks = new GatheredLooks(async (_partition, names) => {
      calls.push(names);
      await gate;
      return { parts: names.map(() => ({})) };
    }, 1000);
    const first = looks.look(0, ['first']);
    await turn();
    // as two requests that the same turn brings, one callback each
    const later = Promise.all(
      ['second', 'third'].map(
        (name) => new Promise((resolve) => setImmediate(() => resolve(looks.look(0, [name])))),
      ),
    );
    await turn();
    await turn();
    // and wait for no answer
    expect(calls).toEqual([['first'], ['second', 'third']]);
    answer();
    await Promise.all([first, later]);
  });

  it('have a bounded length', async () => {
    const { calls, looks } = noted(3);
    await Promise.all([['a', 'b'], ['c', 'd'], ['e'], ['f']].map((names) => looks.look(0, names)));
    expect(calls.map(([, names]) => names)).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f']]);
  });

  it('fail for those who asked for the partition that fails', async () => {
    const { looks } = noted();
    const [good, ...bad] = await Promise.allSettled([
      looks.look(0, ['a']),
      looks.look(9, ['b']),
      looks.look(9, ['c']),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(bad.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('rows of one turn', () => {
  it('are one statement for each so many names', async () => {
    const calls: [names: readonly string[], partitions: readonly number[]][] = [];
    const rows = new GatheredRows((names, partitions) => {
      calls.push([names, partitions]);
      const values = new Map(names.map((name) => [name, `value of ${name}`]));
      return Promise.resolve({ values, ledgers: new Map() });
    }, 3);
    const [first] = await Promise.all([
      rows.read(['a', 'b'], [0, 1]),
      rows.read(['b'], [1]),
      rows.read(['c', 'd'], [2]),
    ]);
    expect(first.values.get('b')).toBe('value of b');
    expect(calls).toEqual([
      [
        ['a', 'b'],
        [0, 1],
      ],
      [['c', 'd'], [2]],
    ]);
  });
});
