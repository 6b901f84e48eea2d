import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';

const first = {
  host: 'one.example',
  pid: 4711,
  version: '1.2.3',
  persists: true,
  deliveredUntil: 0,
};
const second = {
  host: 'Zwei "2"\n☃',
  pid: 1,
  version: '1.2.4',
  persists: false,
  deliveredUntil: 1_790_000_000_123,
  told: {
    problems: [
      { code: 'FC-WIPED', since: 1_790_000_000_000, text: 'Redis "was" empty ☃', next: 'x' },
    ],
    refused: { BACKPRESSURE: 7 },
  },
};

export function workers({ open }: Subject): void {
  test('processes are seen by all, with what they have delivered, until they say that they end', async () => {
    const cache = open();
    expect(await cache.processes()).toEqual([]);
    await cache.beat('first', first);
    await cache.beat('second', second);
    const seen = await cache.processes();
    expect(seen).toHaveLength(2);
    expect(seen.map(({ pid }) => pid).sort()).toEqual([1, 4711]);
    for (const worker of seen) {
      expect(worker).toMatchObject(worker.pid === 1 ? second : first);
      expect(worker.age).toBeGreaterThanOrEqual(0);
      expect(worker.seenAt).toBeInstanceOf(Date);
    }
    await cache.beat('first');
    await cache.beat('unknown');
    expect(await cache.processes()).toMatchObject([second]);
  });

  test('who says that it runs is told for how long another one leads, and the rules of others', async () => {
    const cache = open();
    const remembered = 600_000;
    expect(await cache.beat('first', first)).toEqual({ ledFor: 0, rules: [] });
    await cache.lead('first', 60_000);
    const { ledFor, rules } = await cache.beat('second', second, { own: 'two', remembered });
    expect(ledFor).toBeGreaterThan(30_000);
    expect(rules).toEqual([]);
    const answer = await cache.beat('first', first, { own: 'one', remembered });
    expect(answer.rules).toMatchObject([{ said: 'two' }]);
    expect((await cache.rules('two', remembered)).map(({ said }) => said)).toEqual(['one']);
    // who says no rules changes nothing of what was said
    await cache.beat('second', second);
    expect((await cache.rules('one', remembered)).map(({ said }) => said)).toEqual(['two']);
  });

  test('one that says nothing more grows old, and one that does is as young as its last word', async () => {
    const cache = open();
    await cache.beat('first', first);
    await cache.beat('second', second);
    const ageOf = async (pid: number): Promise<number> =>
      (await cache.processes()).find((worker) => worker.pid === pid)?.age ?? NaN;
    await expect.poll(() => ageOf(1)).toBeGreaterThan(20);
    await cache.beat('first', first);
    expect(await ageOf(first.pid)).toBeLessThan(await ageOf(second.pid));
  });
}
