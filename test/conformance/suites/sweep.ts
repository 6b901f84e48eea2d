import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, LATER, type Sender } from '../partition.js';

export function sweeping({ partition }: Subject): void {
  test('sweep tells what is pending and when it is due', async () => {
    const p = await partition();
    expect(await p.cache.sweep(p.index)).toMatchObject({
      seeded: true,
      queues: 5,
      timeZone: 'UTC',
      pending: 0,
      due: 0,
      overdueBy: undefined,
      batchSeq: undefined,
      batchCounters: undefined,
      batchAge: undefined,
      overflowed: 0,
      parked: 0,
    });
    await p.sender.apply(
      add('a', 1, { interval: LATER }),
      add('a', 1, { interval: LATER }),
      add('b', 1, { interval: LATER }),
    );
    const { pending, overdueBy } = await p.cache.sweep(p.index);
    expect(pending).toBe(2);
    expect(overdueBy).toBeLessThan(0);
  });

  test('sweep tells what is overdue and how old the open batch is', async () => {
    const p = await partition();
    await p.sender.apply(add('a'));
    await expect.poll(async () => (await p.cache.sweep(p.index)).overdueBy).toBeGreaterThan(10);
    await p.claimed();
    await expect.poll(async () => (await p.cache.sweep(p.index)).batchAge).toBeGreaterThan(10);
    const health = { pending: 0, due: 0, overdueBy: undefined, batchSeq: 2, batchCounters: 1 };
    expect(await p.cache.sweep(p.index)).toMatchObject(health);
  });

  test('sweep prunes idempotency keys that expired, and only those', async () => {
    const p = await partition({ idempotencyTtl: 20 });
    const sent = add('a', 1, { idempotencyKey: 'k' });
    await p.sender.apply(sent);
    await expect
      .poll(async () => {
        await p.cache.sweep(p.index);
        return p.sender.outcome(sent);
      })
      .toBeUndefined();
    const kept = await partition();
    await kept.sender.apply(sent);
    await kept.cache.sweep(kept.index);
    expect(await kept.sender.outcome(sent)).toEqual({ kind: 'duplicate' });
  });

  test('sweep forgets senders that fell silent long ago', async () => {
    const p = await partition({ clientTtl: 1 });
    const senders = Array.from({ length: 50 }, () => p.anotherSender());
    for (const sender of senders) await sender.send(1, add('a'));
    const first = senders[0] as Sender;
    await expect
      .poll(async () => {
        await p.cache.sweep(p.index);
        await first.send(1, add('a'));
        return p.unpersisted('a');
      })
      .toBeGreaterThan(50n);
  });

  test('sweep keeps the last answer of senders that may still repeat it', async () => {
    const p = await partition({ clientTtl: LATER });
    const senders = Array.from({ length: 50 }, () => p.anotherSender());
    for (const sender of senders) await sender.send(1, add('a'));
    for (let sweeps = 0; sweeps < 5; sweeps++) await p.cache.sweep(p.index);
    for (const sender of senders) await sender.send(1, add('a'));
    expect(await p.unpersisted('a')).toBe(50n);
  });
}
