import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, addAndTotal, Partition, remove, set } from '../partition.js';

export function adding({ open, partition }: Subject): void {
  test('increments of a counter add up, over calls and within one', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2), add('b', -7), add('a', 3));
    await p.sender.apply(add('a', 1));
    expect(await p.parts('a')).toEqual({ pending: '6' });
    expect(await p.parts('b')).toEqual({ pending: '-7' });
  });

  test('a seq that is sent again answers the first answer and adds once', async () => {
    const p = await partition();
    await p.warm('warm', 10);
    const operations = [
      add('a', 5),
      addAndTotal('warm', 1),
      addAndTotal('cold', 1),
      set('warm', 100),
      add('key', 1, { idempotencyKey: 'k' }),
      add('key', 2, { idempotencyKey: 'k' }),
    ];
    const first = await p.sender.send(1, ...operations);
    const again = await p.sender.send(1, ...operations);
    expect(first).toMatchObject({ status: 'applied', uncertain: false });
    expect(again).toMatchObject({
      status: 'applied',
      uncertain: false,
      outcomes: first.status === 'applied' && first.outcomes,
    });
    expect(await p.parts('a')).toEqual({ pending: '5' });
    expect(await p.total('warm')).toBe(100n);
    expect(await p.parts('key')).toEqual({ pending: '1' });
  });

  test('a call with nothing to add is applied, under its seq, and asks for no job', async () => {
    const p = await partition();
    const answer = await p.sender.send(1);
    expect(answer).toMatchObject({ status: 'applied', wake: undefined });
    expect(await p.sender.send(0, add('a', 1))).toMatchObject({ status: 'stale' });
    expect(await p.parts('a')).toEqual({});
  });

  test('a repeated answer is the old one though the counter moved on', async () => {
    const p = await partition();
    await p.warm('a', 10);
    const first = await p.sender.send(1, addAndTotal('a', 1));
    await p.anotherSender().apply(add('a', 50));
    await p.acknowledge(await p.claimed(), [['a', 61n]]);
    expect(await p.sender.send(1, addAndTotal('a', 1))).toMatchObject({
      outcomes: first.status === 'applied' && first.outcomes,
    });
    expect(await p.total('a')).toBe(61n);
  });

  test('a seq below the last one is stale and adds nothing', async () => {
    const p = await partition();
    await p.sender.send(1, add('a'));
    await p.sender.send(2, add('a'));
    expect(await p.sender.send(1, add('a'))).toEqual({ status: 'stale' });
    expect(await p.unpersisted('a')).toBe(2n);
  });

  test('every sender has seqs of its own, in every partition', async () => {
    const cache = open();
    const [first, second] = [await Partition.seeded(cache, 0), await Partition.seeded(cache, 1)];
    await first.sender.send(1, add('a'));
    await first.anotherSender().send(1, add('a'));
    await cache.add(1, {
      client: first.sender.client,
      seq: 1,
      generation: second.generation,
      operations: [add('a')],
    });
    expect(await first.unpersisted('a')).toBe(2n);
    expect(await second.unpersisted('a')).toBe(1n);
  });

  test('a foreign generation is refused and told the right one, and the seq stays unused', async () => {
    const p = await partition();
    const { sender } = p;
    sender.generation = 'foreign';
    const refusal = { status: 'generation', generation: p.generation };
    expect(await sender.send(1, add('a'))).toEqual(refusal);
    sender.generation = p.generation;
    expect(await sender.send(1, add('a'))).toMatchObject({ status: 'applied' });
    expect(await p.unpersisted('a')).toBe(1n);
  });

  test('a seq that was applied is not repeated into a foreign generation either', async () => {
    const p = await partition();
    await p.sender.send(1, add('a'));
    p.sender.generation = 'foreign';
    expect(await p.sender.send(1, add('a'))).toMatchObject({ status: 'generation' });
    expect(await p.unpersisted('a')).toBe(1n);
  });

  test('a cache that forgot what it acknowledged says so, and applies the call', async () => {
    const p = await partition();
    const { client } = p.sender;
    const send = (seq: number, acknowledged: number) =>
      p.cache.add(p.index, {
        client,
        seq,
        acknowledged,
        generation: p.generation,
        operations: [add('a')],
      });
    expect(await send(1, 0)).toMatchObject({ status: 'applied', lost: false });
    expect(await send(2, 1)).toMatchObject({ status: 'applied', lost: false });
    expect(await send(5, 4)).toMatchObject({ status: 'applied', lost: true });
    expect(await send(6, 5)).toMatchObject({ status: 'applied', lost: false });
    expect(await p.unpersisted('a')).toBe(4n);
  });

  test('the loss is told again when the answer is repeated', async () => {
    const p = await partition();
    const { client } = p.sender;
    const { generation } = p;
    const request = { client, seq: 5, acknowledged: 4, generation, operations: [add('a')] };
    const told = { status: 'applied', lost: true };
    expect(await p.cache.add(p.index, request)).toMatchObject(told);
    for (const acknowledged of [4, 0, 5]) {
      const again = await p.cache.add(p.index, { ...request, acknowledged });
      expect(again).toMatchObject(told);
    }
    expect(await p.unpersisted('a')).toBe(1n);
  });

  test('the answer tells whether an earlier try may have been applied, too, and forgotten', async () => {
    const p = await partition();
    const { client } = p.sender;
    const { generation } = p;
    const send = (seq: number, uncertain: boolean) => {
      const request = { client, seq, uncertain, generation, operations: [addAndTotal('cold')] };
      return p.cache.add(p.index, request);
    };
    const outcomes = new Map([[0, { kind: 'cold' }]]);
    for (const again of [false, true]) {
      expect(await send(1, again)).toMatchObject({ uncertain: false, outcomes });
    }
    for (const again of [true, true]) {
      expect(await send(2, again)).toMatchObject({ uncertain: true, outcomes });
    }
  });

  test('operations are executed in the order of the request', async () => {
    const p = await partition();
    await p.warm('a', 100);
    const { outcomes } = await p.sender.apply(
      add('a', 1),
      set('a', 10),
      addAndTotal('a', 5),
      remove('a'),
      addAndTotal('a', 3),
      set('a', -4),
      add('a', 1),
    );
    const totals = [1, 2, 3, 4, 5].map((index) => {
      const outcome = outcomes.get(index);
      return outcome?.kind === 'total' ? Number(outcome.base) + Number(outcome.pending) : outcome;
    });
    expect(totals).toEqual([101, 15, 15, 3, 3]);
    expect([outcomes.has(0), outcomes.has(6)]).toEqual([false, false]);
    expect(await p.total('a')).toBe(-3n);
  });

  test('five hundred operations of every kind fit in one request', async () => {
    const p = await partition();
    const names = Array.from({ length: 500 }, (_, index) => `counter-${index}`);
    await p.fill(Object.fromEntries(names.map((name) => [name, 1])));
    const { outcomes } = await p.sender.apply(
      ...names.map((name, index) =>
        index % 3 === 0 ? set(name, index) : addAndTotal(name, index, { idempotencyKey: name }),
      ),
    );
    expect(outcomes.size).toBe(500);
    const looked = await p.cache.look(p.index, names);
    const totals = looked.parts.map(({ base, pending }) => Number(base) + Number(pending));
    expect(totals).toEqual(names.map((_, index) => (index % 3 === 0 ? index : index + 1)));
  });

  test('names that look alike or look special are counters of their own', async () => {
    const p = await partition();
    await p.sender.apply(...DELICATE_NAMES.map((name, index) => add(name, index + 1)));
    const expected = DELICATE_NAMES.map((_, index) => ({ pending: String(index + 1) }));
    expect((await p.cache.look(p.index, DELICATE_NAMES)).parts).toEqual(expected);
    expect(await p.sender.apply(...DELICATE_NAMES.map((name) => addAndTotal(name)))).toMatchObject({
      outcomes: new Map(DELICATE_NAMES.map((_, index) => [index, { kind: 'cold' }])),
    });
  });

  test('increments that many senders send at the same time all count', async () => {
    const p = await partition();
    const senders = Array.from({ length: 20 }, () => p.anotherSender());
    await Promise.all(
      senders.flatMap((sender) =>
        Array.from({ length: 10 }, (_, seq) => sender.send(seq + 1, add('hot'), add('hot', 2))),
      ),
    );
    expect(await p.unpersisted('hot')).toBe(600n);
  });
}
