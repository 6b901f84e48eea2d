import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, LATER, Partition, remove } from '../partition.js';

export function claiming({ open, partition }: Subject): void {
  test('claim moves what is due from pending into a batch under the next fence', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', -3), add('later', 1, { interval: LATER }));
    const batch = await p.claimed({ limit: 500, nonce: 'nonce' });
    expect(batch).toMatchObject({ seq: 2, nonce: expect.stringMatching(/^nonce:/) as string });
    expect(new Set(batch.entries)).toEqual(
      new Set([
        { name: 'a', delta: '2', remove: false },
        { name: 'b', delta: '-3', remove: false },
      ]),
    );
    expect(await p.cache.look(p.index, ['a', 'b', 'later'])).toEqual({
      fence: 2,
      generation: p.generation,
      batchSeq: 2,
      settings: { queues: 5, timeZone: 'UTC' },
      parts: [{ batch: '2' }, { batch: '-3' }, { pending: '1' }],
    });
  });

  test('the open batch is handed out again, unchanged, to who has it', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', 1));
    const batch = await p.claimed({ limit: 500, nonce: 'first' });
    await p.sender.apply(add('a', 5), add('c'));
    expect(await p.claimed({ limit: 1, nonce: 'second' })).toEqual(batch);
    expect(await p.parts('a')).toEqual({ batch: '2', pending: '5' });
  });

  test('every batch has a nonce of its own, also when the same one is given again', async () => {
    const p = await partition();
    const nonces = new Set<string>();
    for (let round = 0; round < 3; round++) {
      await p.sender.apply(add('a'));
      const batch = await p.claimed({ limit: 500, nonce: 'same' });
      nonces.add(batch.nonce);
      await p.acknowledge(batch);
    }
    expect(nonces.size).toBe(3);
  });

  test('calls that claim at the same time get the same batch', async () => {
    const p = await partition();
    await p.sender.apply(add('a'), add('b'));
    const nonces = Array.from({ length: 8 }, (_, index) => `worker-${index}`);
    const batches = await Promise.all(nonces.map((nonce) => p.claimed({ limit: 1, nonce })));
    expect(new Set(batches.map((batch) => JSON.stringify(batch))).size).toBe(1);
    expect(await p.state()).toMatchObject({ fence: 2 });
  });

  test('a batch takes no more than the limit, the earliest due first', async () => {
    const p = await partition();
    const dues = { c: 3000, a: 1000, e: 5000, b: 2000, d: 4000 };
    for (const [name, due] of Object.entries(dues)) {
      await p.sender.apply(add(name, 1, { interval: LATER }));
      await p.cache.hasten(p.index, [name], due);
    }
    const names: string[][] = [];
    for (let batches = 0; batches < 3; batches++) {
      const batch = await p.claimed({ limit: 2 });
      names.push(batch.entries.map(({ name }) => name).sort());
      await p.acknowledge(batch);
    }
    expect(names).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('every batch has a seq of its own, one above the last', async () => {
    const p = await partition();
    const seqs: number[] = [];
    for (let round = 0; round < 3; round++) {
      await p.sender.apply(add('a'));
      const batch = await p.claimed();
      seqs.push(batch.seq);
      await p.acknowledge(batch);
    }
    expect(seqs).toEqual([2, 3, 4]);
  });

  test('nothing due is idle', async () => {
    const p = await partition();
    expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });
    await p.sender.apply(add('a', 1, { interval: LATER }));
    expect(await p.claim()).toMatchObject({ status: 'idle' });
    expect(await p.cache.look(p.index, ['a'])).toMatchObject({ fence: 1, batchSeq: undefined });
  });

  test('increments that cancel each other out are claimed as a zero', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 5), add('a', -5));
    expect((await p.claimed()).entries).toEqual([{ name: 'a', delta: '0', remove: false }]);
  });

  test('a delete mark rides in the batch, also when the batch is handed out again', async () => {
    const p = await partition();
    for (const name of DELICATE_NAMES) await p.warm(name, 1);
    await p.sender.apply(...DELICATE_NAMES.map((name) => remove(name)), add('plain'));
    const batch = await p.claimed();
    expect(await p.claimed()).toEqual(batch);
    expect(new Map(batch.entries.map((entry) => [entry.name, entry.remove]))).toEqual(
      new Map([...DELICATE_NAMES.map((name) => [name, true] as const), ['plain', false]]),
    );
  });

  test('names of every kind come through a claim as they are', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name, index) => add(name, index)));
    const batch = await p.claimed();
    expect(new Map(batch.entries.map(({ name, delta }) => [name, delta]))).toEqual(
      new Map(DELICATE_NAMES.map((name, index) => [name, String(index)])),
    );
  });

  test('a batch of five hundred counters with delete marks is claimed at once', async () => {
    const p = await partition();
    const names = Array.from({ length: 500 }, (_, index) => `counter-${index}`);
    await p.fill(Object.fromEntries(names.map((name) => [name, 1])));
    await p.sender.apply(...names.map((name) => remove(name)));
    const { entries } = await p.claimed({ limit: 500 });
    expect(entries.filter((entry) => entry.remove && entry.delta === '-1')).toHaveLength(500);
  });

  test('partitions have batches and fences of their own', async () => {
    const cache = open();
    const partitions = [await Partition.seeded(cache, 0), await Partition.seeded(cache, 4)];
    for (const p of partitions) await p.sender.apply(add('a', p.index + 1));
    expect(await partitions[1]?.drained()).toEqual(new Map([['a', 5n]]));
    expect(await partitions[0]?.parts('a')).toEqual({ pending: '1' });
    expect(await cache.look(0, ['a'])).toMatchObject({ fence: 1 });
  });
}
