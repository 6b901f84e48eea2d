import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, addAndTotal, MAX, remove } from '../partition.js';

const idempotencyKey = 'order 4711';

export function idempotencyKeys({ partition }: Subject): void {
  test('an idempotency key counts once, whoever sends it again', async () => {
    const p = await partition();
    const sent = add('a', 2, { idempotencyKey });
    expect(await p.sender.outcome(sent)).toBeUndefined();
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'duplicate' });
    expect(await p.anotherSender().outcome(sent)).toEqual({ kind: 'duplicate' });
    expect(await p.unpersisted('a')).toBe(2n);
  });

  test('an idempotency key counts once within one request', async () => {
    const p = await partition();
    const sent = add('a', 2, { idempotencyKey });
    expect((await p.sender.apply(sent, sent, sent)).outcomes).toEqual(
      new Map([
        [1, { kind: 'duplicate' }],
        [2, { kind: 'duplicate' }],
      ]),
    );
    expect(await p.unpersisted('a')).toBe(2n);
  });

  test('a known key with another delta is a conflict and counts nothing', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2, { idempotencyKey }));
    expect(await p.sender.outcome(add('a', 3, { idempotencyKey }))).toEqual({ kind: 'conflict' });
    expect(await p.unpersisted('a')).toBe(2n);
  });

  test('a row of the outbox counts once, also where its counter was deleted since', async () => {
    const p = await partition();
    await p.warm('a', 0n);
    const row = { id: 'row-1', notAfter: Infinity };
    // of a caller who chose the same text
    expect(await p.sender.outcome(add('a', 2, { row }))).toBeUndefined();
    expect(await p.sender.outcome(add('a', 2, { row }))).toEqual({ kind: 'duplicate' });
    expect(await p.sender.outcome(add('a', 3, { idempotencyKey: 'row-1' }))).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(5n);
    expect(await p.cache.knownKey(p.index, ['a'], { row })).toMatchObject({ delta: '2' });
    await p.sender.apply(remove('a'));
    expect(await p.sender.outcome(add('a', 2, { row }))).toEqual({ kind: 'duplicate' });
    expect(await p.cache.knownKey(p.index, ['a'], { row })).toMatchObject({ delta: '2' });
    expect(await p.sender.outcome(add('a', 3, { idempotencyKey: 'row-1' }))).toBeUndefined();
    const other = { id: 'row-2', notAfter: Infinity };
    expect(await p.sender.outcome(add('a', 4, { row: other }))).toBeUndefined();
    expect(await p.cache.knownKey(p.index, ['a'], { row: other })).toMatchObject({ delta: '4' });
    expect(await p.unpersisted('a')).toBe(7n);
  });

  test('a key is known after its increment was persisted', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 2, { idempotencyKey }));
    await p.acknowledge(await p.claimed(), [['a', 2n]]);
    const sent = add('a', 2, { idempotencyKey });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'duplicate' });
    expect(await p.unpersisted('a')).toBe(0n);
  });

  test('the same key means another increment for every other counter', async () => {
    const p = await partition();
    const sent = DELICATE_NAMES.map((name) => add(name, 1, { idempotencyKey: name }));
    const shared = DELICATE_NAMES.map((name) => add(name, 1, { idempotencyKey }));
    expect((await p.sender.apply(...sent, ...shared)).outcomes).toEqual(new Map());
    const { parts } = await p.cache.look(p.index, DELICATE_NAMES);
    expect(parts).toEqual(DELICATE_NAMES.map(() => ({ pending: '2' })));
  });

  test('counter and key are told apart whatever characters the key has', async () => {
    const p = await partition();
    const keys = ['b', ':b', '\0b', '\u0000', ' ', 'a', 'é', '\u{1f600}'];
    const sent = keys.flatMap((key) => ['a', 'a:', 'a b'].map((name) => ({ name, key })));
    const operations = sent.map(({ name, key }) => add(name, 1, { idempotencyKey: key }));
    expect((await p.sender.apply(...operations)).outcomes).toEqual(new Map());
    expect((await p.sender.apply(...operations)).outcomes.size).toBe(operations.length);
    expect(await p.unpersisted('a')).toBe(BigInt(keys.length));
  });

  test('an increment with key and total answers the total once', async () => {
    const p = await partition();
    await p.warm('a', 10);
    const sent = addAndTotal('a', 1, { idempotencyKey });
    expect(await p.sender.outcome(sent)).toMatchObject({ kind: 'total', pending: '1' });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'duplicate' });
    expect(await p.total('a')).toBe(11n);
  });

  test('a key is not used up by an increment that is cold', async () => {
    const p = await partition();
    const sent = addAndTotal('a', 1, { idempotencyKey });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'cold' });
    await p.warm('a');
    expect(await p.sender.outcome(sent)).toMatchObject({ kind: 'total', pending: '1' });
  });

  test('a key is not used up by an increment that is cold near the end of the range', async () => {
    const p = await partition();
    const sent = add('a', MAX, { idempotencyKey });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'cold' });
    await p.warm('a');
    expect(await p.sender.outcome(sent)).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(MAX);
  });

  test('a key is not used up by an increment that overflows', async () => {
    const p = await partition();
    await p.warm('a');
    await p.sender.apply(add('a', MAX));
    const sent = add('a', 1, { idempotencyKey });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'overflow' });
    await p.sender.apply(add('a', -1));
    expect(await p.sender.outcome(sent)).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(MAX);
  });

  test('a known increment moves no due time', async () => {
    const p = await partition();
    const sent = add('a', 1, { idempotencyKey });
    await p.sender.apply(sent);
    await p.acknowledge(await p.claimed());
    expect(await p.sender.apply(sent)).toMatchObject({ wake: undefined });
    expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });
  });

  test('a key that expired counts again', async () => {
    const p = await partition({ idempotencyTtl: 20 });
    const sent = add('a', 2, { idempotencyKey });
    await p.sender.apply(sent);
    await expect.poll(() => p.sender.outcome(sent)).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(4n);
  });

  test('a key that expired is no conflict for another delta', async () => {
    const p = await partition({ idempotencyTtl: 20 });
    await p.sender.apply(add('a', 2, { idempotencyKey }));
    await expect.poll(() => p.sender.outcome(add('a', 3, { idempotencyKey }))).toBeUndefined();
    expect(await p.unpersisted('a')).toBe(5n);
  });
}
