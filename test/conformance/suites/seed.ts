import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { OpenSettings, Subject } from '../counter-cache.conformance.js';
import { add, Partition, seed, Sender } from '../partition.js';

const at = (seq: number) => ({ seq, nonce: '' });

export function seeding({ open, onRedis }: Subject): void {
  test('a reservation becomes fence and generation once, and none comes afterwards', async () => {
    const cache = open();
    const generation = await cache.reserve(0, at(6), 'first');
    expect(generation).toMatch(/^first:\d+$/);
    // where the database knew of no batch, seeding tells of no loss: the generation says so
    expect(await open().reserve(0, at(0), 'first')).toMatch(/^first:\d+:0$/);
    expect(await cache.seed(0, String(generation))).toBe(true);
    expect(await cache.seed(0, String(generation))).toBe(false);
    expect(await cache.reserve(0, at(8), 'second')).toBeUndefined();
    expect(await cache.look(0, ['a'])).toMatchObject({
      fence: 7,
      generation: expect.stringMatching(/^first:/) as string,
    });
  });

  test('of many seeds at the same time one wins', async () => {
    const cache = open();
    const seeds = Array.from({ length: 10 }, (_, index) => seed(cache, index + 1, `g${index}`));
    expect((await Promise.all(seeds)).filter(Boolean)).toHaveLength(1);
  });

  test('the last reservation counts, whatever its seq', async () => {
    const cache = open();
    const overtaken = await cache.reserve(0, at(8), 'overtaken');
    const last = await cache.reserve(0, at(4), 'last');
    expect(await cache.seed(0, String(overtaken))).toBe(false);
    expect(await cache.look(0, ['a'])).toEqual({ parts: [{}] });
    expect(await cache.seed(0, String(last))).toBe(true);
    expect(await cache.look(0, ['a'])).toMatchObject({ fence: 5, generation: last });
  });

  test('what was reserved is no seed', async () => {
    const cache = open();
    await cache.reserve(0, at(0), 'g');
    expect(await cache.seed(0, 'g')).toBe(false);
    expect(await new Sender(cache, 0, 'g').send(1, add('a'))).toEqual({ status: 'unseeded' });
    expect(await cache.claim(0, { limit: 10, nonce: 'nonce', holder: 'any' })).toEqual({
      status: 'unseeded',
    });
    expect(await cache.park(0, undefined, 9, 'new')).toBe(false);
    expect(await cache.sweep(0)).toMatchObject({ seeded: false, fence: undefined });
  });

  test('a first seed has nothing to report, whoever reserved before', async () => {
    const cache = open();
    const reserve = async (seq: number, nonce: string, name: string): Promise<string> =>
      String(await cache.reserve(0, { seq, nonce }, name));
    const first = await reserve(0, '', 'first');
    // of one state of the ledger, one of them commits
    const again = await reserve(0, '', 'again');
    await reserve(0, '', 'once-more');
    const second = await reserve(1, again, 'second');
    const third = await reserve(2, second, 'third');
    // late, from when the ledger was at the first
    await reserve(1, first, 'late');
    await reserve(0, '', 'later');
    const last = await reserve(3, third, 'last');
    expect(await cache.seed(0, last)).toBe(true);
    expect(await cache.look(0, [])).toMatchObject({ fence: 4 });
    expect((await cache.sweep(0)).unreported).toBeUndefined();
  });

  test('a seed above a ledger that was used is unreported until somebody reported it', async () => {
    const cache = open();
    const generation = await cache.reserve(0, { seq: 7, nonce: 'batch' }, 'before');
    const next = await cache.reserve(0, { seq: 8, nonce: String(generation) }, 'g');
    await cache.seed(0, String(next));
    const { unreported } = await cache.sweep(0);
    expect(unreported).toEqual({
      event: 'redisWiped',
      ledgerSeq: 7,
      generation: expect.stringMatching(/^g:/) as string,
    });
    await cache.reported(0, 'another');
    expect((await cache.sweep(0)).unreported).toEqual(unreported);
    for (let twice = 0; twice < 2; twice++) {
      await cache.reported(0, String(unreported?.generation));
      expect((await cache.sweep(0)).unreported).toBeUndefined();
    }
  });

  test('a ledger beyond what was reserved was used', async () => {
    const cache = open();
    await cache.reserve(0, at(0), 'before');
    const generation = await cache.reserve(0, { seq: 3, nonce: 'batch' }, 'g');
    await cache.seed(0, String(generation));
    expect((await cache.sweep(0)).unreported).toMatchObject({ ledgerSeq: 3 });
  });

  test('a reservation from before a wipe, come late, hides nothing', async () => {
    const cache = open();
    // the ledger was at 0 when it was sent, another of the same sender is in the ledger by now
    const late = await cache.reserve(0, at(0), 'twice');
    const generation = await cache.reserve(0, { seq: 1, nonce: `not-${String(late)}` }, 'g');
    await cache.seed(0, String(generation));
    expect((await cache.sweep(0)).unreported).toMatchObject({ ledgerSeq: 1 });
  });

  test('a partition without seed takes, claims and shows nothing', async () => {
    const cache = open();
    expect(await new Sender(cache, 0, 'any').send(1, add('a'))).toEqual({ status: 'unseeded' });
    expect(await cache.claim(0, { limit: 10, nonce: 'nonce', holder: 'any' })).toEqual({
      status: 'unseeded',
    });
    expect(await cache.look(0, ['a', 'b'])).toEqual({ parts: [{}, {}] });
    expect(await cache.sweep(0)).toMatchObject({ seeded: false, pending: 0, parked: 0 });
  });

  test('a seed holds for its partition and namespace alone', async () => {
    const cache = open();
    await seed(cache, 1, 'g', 1);
    expect(await cache.sweep(1)).toMatchObject({ seeded: true });
    expect(await cache.sweep(0)).toMatchObject({ seeded: false });
    expect(await open().sweep(1)).toMatchObject({ seeded: false });
  });

  test('a second cache on the same store finds what the first one seeded', async () => {
    const namespace = randomUUID();
    await seed(open({ namespace }), 3, 'g');
    const second = open({ namespace });
    expect(await seed(second, 5, 'h')).toBe(false);
    expect(await second.look(0, ['a'])).toMatchObject({
      fence: 3,
      generation: expect.stringMatching(/^g:/) as string,
    });
    expect(await second.sweep(0)).toMatchObject({ seeded: true, queues: 5 });
  });

  test.runIf(onRedis).each<[string, OpenSettings]>([
    ['another number of queues', { queues: 7 }],
    ['another time zone', { timeZone: 'Asia/Tokyo' }],
  ])('a sender with %s is refused and told what there is', async (_, others) => {
    const namespace = randomUUID();
    const settings = { queues: 5, timeZone: 'Europe/Berlin' };
    const { generation } = await Partition.seeded(open({ namespace, ...settings }));
    const other = open({ namespace, ...settings, ...others });
    const answer = await new Sender(other, 0, generation).send(1, add('a'));
    expect(answer).toEqual({ status: 'settings', settings });
    expect(await other.sweep(0)).toMatchObject({ ...settings, pending: 0 });
    expect(await other.look(0, ['a'])).toMatchObject({ settings, parts: [{}] });
  });
}
