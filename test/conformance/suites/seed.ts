import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, Partition, Sender } from '../partition.js';

export function seeding({ open, onRedis }: Subject): void {
  test('seed sets fence and generation once, and is refused afterwards', async () => {
    const cache = open();
    expect(await cache.seed(0, 7, 'first')).toBe(true);
    expect(await cache.seed(0, 9, 'second')).toBe(false);
    expect(await cache.look(0, ['a'])).toMatchObject({
      fence: 7,
      generation: expect.stringMatching(/^first:/) as string,
    });
  });

  test('of many seeds at the same time one wins', async () => {
    const cache = open();
    const seeds = Array.from({ length: 10 }, (_, index) => cache.seed(0, index, `g${index}`));
    expect((await Promise.all(seeds)).filter(Boolean)).toHaveLength(1);
  });

  test('a partition without seed takes, claims and shows nothing', async () => {
    const cache = open();
    expect(await new Sender(cache, 0, 'any').send(1, add('a'))).toEqual({ status: 'unseeded' });
    expect(await cache.claim(0, 10, 'nonce')).toEqual({ status: 'unseeded' });
    expect(await cache.look(0, ['a', 'b'])).toEqual({ parts: [{}, {}] });
    expect(await cache.sweep(0)).toMatchObject({ seeded: false, pending: 0, parked: 0 });
  });

  test('a seed holds for its partition and namespace alone', async () => {
    const cache = open();
    await cache.seed(1, 1, 'g');
    expect(await cache.sweep(1)).toMatchObject({ seeded: true });
    expect(await cache.sweep(0)).toMatchObject({ seeded: false });
    expect(await open().sweep(1)).toMatchObject({ seeded: false });
  });

  test('a second cache on the same store finds what the first one seeded', async () => {
    const namespace = randomUUID();
    await open({ namespace }).seed(0, 3, 'g');
    const second = open({ namespace });
    expect(await second.seed(0, 5, 'h')).toBe(false);
    expect(await second.look(0, ['a'])).toMatchObject({
      fence: 3,
      generation: expect.stringMatching(/^g:/) as string,
    });
    expect(await second.sweep(0)).toMatchObject({ seeded: true, queues: 5 });
  });

  test.runIf(onRedis)(
    'a sender with another number of queues is refused and told the number',
    async () => {
      const namespace = randomUUID();
      const { generation } = await Partition.seeded(open({ namespace, queues: 5 }));
      const other = open({ namespace, queues: 7 });
      expect(await new Sender(other, 0, generation).send(1, add('a'))).toEqual({
        status: 'queues',
        queues: 5,
      });
      expect(await other.sweep(0)).toMatchObject({ queues: 5, pending: 0 });
    },
  );
}
