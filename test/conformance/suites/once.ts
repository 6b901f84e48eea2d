import { expect, test } from 'vitest';
import { bucketName } from '../../../lib/words/bucket-name.js';
import type { Subject } from '../counter-cache.conformance.js';
import { DELICATE_NAMES } from '../names.js';
import { add, addOnce, MAX, remove, set, undo } from '../partition.js';

const known = { kind: 'known' };
const unknown = { kind: 'unknown' };
const HOUR = '1abc';
const DAY = '2abc';
const buckets = [HOUR, DAY];
const hourOf = (name: string): string => bucketName(name, HOUR);
const dayOf = (name: string): string => bucketName(name, DAY);

export function onceKeys({ partition }: Subject): void {
  test('a key counts once, whoever sends it, with whatever delta, and after it was persisted', async () => {
    const p = await partition();
    expect(await p.sender.outcome(addOnce('a', 'k', 2))).toBeUndefined();
    expect(await p.sender.outcome(addOnce('a', 'k', 2))).toEqual(known);
    expect(await p.anotherSender().outcome(addOnce('a', 'k', 3, { within: 1 }))).toEqual(known);
    expect(await p.unpersisted('a')).toBe(2n);
    await p.acknowledge(await p.claimed(), [['a', 2n]]);
    expect(await p.sender.apply(addOnce('a', 'k', 2))).toMatchObject({ wake: undefined });
    expect(await p.claim()).toEqual({ status: 'idle', wake: undefined });
  });

  test('a key counts once within one request', async () => {
    const p = await partition();
    const { outcomes } = await p.sender.apply(
      ...[addOnce('a', 'k'), addOnce('a', 'k'), addOnce('b', 'k'), add('a', 5)],
      ...[undo('a', 'k'), undo('a', 'k'), addOnce('a', 'k', 3)],
    );
    expect(outcomes).toEqual(
      new Map([
        [1, known],
        [5, unknown],
      ]),
    );
    expect(await p.unpersisted('a')).toBe(8n);
    expect(await p.unpersisted('b')).toBe(1n);
  });

  test('a call that comes again gets the answers of the first', async () => {
    const p = await partition();
    const call = [addOnce('a', 'k'), addOnce('a', 'k'), undo('b', 'k')];
    const first = await p.sender.send(1, ...call);
    expect(first).toMatchObject({ status: 'applied' });
    expect(await p.sender.send(1, ...call)).toEqual(first);
    expect(await p.unpersisted('a')).toBe(1n);
    const back = await p.sender.send(2, undo('a', 'k'));
    expect(back).toMatchObject({ outcomes: new Map() });
    expect(await p.sender.send(2, undo('a', 'k'))).toMatchObject({ outcomes: new Map() });
    expect(await p.unpersisted('a')).toBe(0n);
  });

  test('counter and key are told apart, and so are idempotency keys', async () => {
    const p = await partition();
    const keys = ['b', ':b', '\0b', ' ', 'a', 'é', '\u{1f600}', 'x'.repeat(1000)];
    const once = DELICATE_NAMES.flatMap((name) => keys.map((key) => addOnce(name, key)));
    const keyed = keys.map((key) => add('a', 1, { idempotencyKey: key }));
    expect((await p.sender.apply(...once, ...keyed)).outcomes).toEqual(new Map());
    expect((await p.sender.apply(...once, ...keyed)).outcomes.size).toBe(
      once.length + keyed.length,
    );
  });

  test('a key is known for its own time, and then counts again', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('a', 'short', 2, { within: 25 }), addOnce('a', 'long', 1));
    await expect
      .poll(() => p.sender.outcome(addOnce('a', 'short', 2, { within: 25 })))
      .toBeUndefined();
    expect(await p.unpersisted('a')).toBe(5n);
    await p.sender.apply(addOnce('a', 'soon gone', 1, { within: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await p.sender.outcome(undo('a', 'soon gone'))).toEqual(unknown);
    expect(await p.sender.outcome(addOnce('a', 'long', 1, { within: 25 }))).toEqual(known);
    expect(await p.unpersisted('a')).toBe(6n);
  });

  test('what counted is taken back, from its buckets too, and counts again', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('a', 'k', -7, { buckets }), addOnce('a', 'l', 1, { buckets }));
    await p.sender.apply(addOnce('a', 'm'), add('a', 100, { buckets }));
    await p.acknowledge(await p.claimed());
    expect(await p.sender.outcome(undo('a', 'k'))).toBeUndefined();
    expect(await p.sender.outcome(undo('a', 'k'))).toEqual(unknown);
    expect(await p.sender.outcome(undo('a', 'never'))).toEqual(unknown);
    expect(await p.sender.outcome(undo('b', 'k'))).toEqual(unknown);
    const back = { delta: '7', remove: false };
    expect((await p.claimed()).entries).toEqual(
      ['a', hourOf('a'), dayOf('a')].map((name) => ({ name, ...back })),
    );
    await p.sender.apply(undo('a', 'l'), undo('a', 'm'));
    expect((await p.parts('a')).pending).toBe('-2');
    expect((await p.parts(dayOf('a'))).pending).toBe('-1');
    expect(await p.sender.outcome(addOnce('a', 'k', 4))).toBeUndefined();
    expect(await p.sender.outcome(addOnce('a', 'k', 4))).toEqual(known);
    expect((await p.parts('a')).pending).toBe('2');
  });

  test('a key is not used up by an increment that overflows or is cold, nor taken back by an undo that does', async () => {
    const p = await partition();
    const sent = addOnce('a', 'k', MAX, { buckets: [DAY] });
    expect(await p.sender.outcome(sent)).toEqual({ kind: 'cold' });
    await p.fill({ a: 0, [dayOf('a')]: 0 });
    expect(await p.sender.outcome(sent)).toBeUndefined();
    expect(await p.sender.outcome(addOnce('a', 'l'))).toEqual({ kind: 'overflow' });
    // the value went below what can be taken from it
    await p.sender.apply(set('a', -2));
    expect(await p.sender.outcome(undo('a', 'k'))).toEqual({ kind: 'overflow' });
    expect(await p.parts(dayOf('a'))).toMatchObject({ pending: `${MAX}` });
    await p.sender.apply(set('a', 0));
    expect(await p.sender.outcome(undo('a', 'k'))).toBeUndefined();
    expect(await p.total('a')).toBe(-MAX);
    expect(await p.sender.outcome(addOnce('a', 'l'))).toBeUndefined();
  });

  test('an undo that is cold tells in which buckets it is to be done', async () => {
    const p = await partition();
    const names = ['a', hourOf('a'), dayOf('a')];
    await p.fill(Object.fromEntries(names.map((name) => [name, 0])));
    await p.sender.apply(addOnce('a', 'k', MAX, { buckets }));
    const values = names.map((name): [string, bigint] => [name, MAX]);
    await p.acknowledge(await p.claimed(), values);
    await p.sender.apply(...[add('a', -MAX), add('a', -1)]);
    await p.acknowledge(await p.claimed(), [['a', -1n]]);
    const { fence = 0 } = await p.state();
    // large values stay known: so these are forgotten as after a database that went back
    await p.cache.forget(p.index, fence, fence - 1);
    expect(await p.sender.apply(undo('a', 'k'), addOnce('a', 'l'))).toMatchObject({
      outcomes: new Map<number, object>([
        [0, { kind: 'cold', buckets }],
        [1, { kind: 'behind' }],
      ]),
    });
    await p.fill({ a: 0, [hourOf('a')]: MAX, [dayOf('a')]: MAX });
    expect(await p.sender.outcome(undo('a', 'k'))).toBeUndefined();
    expect(await p.total(dayOf('a'))).toBe(0n);
  });

  test('no key survives its counter: it counts anew, and is not taken back', async () => {
    const p = await partition();
    await p.fill({ a: 0, b: 0 });
    const keyed = add('a', 1, { idempotencyKey: 'k' });
    await p.sender.apply(keyed, addOnce('a', 'k'), addOnce('b', 'k'), addOnce('a', 'l'));
    await p.sender.apply(remove('a'));
    expect(await p.sender.outcome(undo('a', 'k'))).toEqual(unknown);
    expect((await p.sender.apply(keyed, addOnce('a', 'k'), addOnce('b', 'k'))).outcomes).toEqual(
      new Map([[2, known]]),
    );
    expect((await p.sender.apply(keyed, addOnce('a', 'k'))).outcomes).toEqual(
      new Map([
        [0, { kind: 'duplicate' }],
        [1, known],
      ]),
    );
    expect(await p.total('a')).toBe(2n);
    await p.sender.apply(undo('a', 'k'), remove('a'));
    expect(await p.sender.outcome(undo('a', 'l'))).toEqual(unknown);
    expect((await p.sender.apply(addOnce('a', 'k'), addOnce('a', 'l'))).outcomes.size).toBe(0);
    expect(await p.total('a')).toBe(2n);
    // a value that is set is that of the same counter
    await p.sender.apply(set('a', 0));
    expect(await p.sender.outcome(addOnce('a', 'k'))).toEqual(known);
  });

  test('keys from after a deletion are known for all their time, also when those from before have expired', async () => {
    const p = await partition({ idempotencyTtl: 30 });
    await p.fill({ a: 0 });
    await p.sender.apply(add('a', 1, { idempotencyKey: 'before' }));
    await p.sender.apply(remove('a'), addOnce('a', 'since'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    await p.cache.sweep(p.index);
    await p.cache.sweep(p.index);
    expect(await p.sender.outcome(addOnce('a', 'since'))).toEqual(known);
    await p.sender.apply(remove('a'));
    expect(await p.sender.outcome(addOnce('a', 'since'))).toBeUndefined();
  });

  test('a key whose increment was parked stays known', async () => {
    const p = await partition();
    await p.sender.apply(addOnce('a', 'k'));
    const { fence = 0 } = await p.state();
    expect(await p.cache.park(p.index, undefined, fence + 10, 'next')).toBe(true);
    await p.join();
    expect(await p.sender.outcome(addOnce('a', 'k'))).toEqual(known);
    expect(await p.unpersisted('a')).toBe(0n);
  });
}
