import { expect, test } from 'vitest';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal } from '../partition.js';

export function retiring({ partition }: Subject): void {
  test('what a sender sent that ended in order is not counted again', async () => {
    const p = await partition();
    await p.warm('a');
    await p.sender.apply(add('a', 1));
    await p.sender.apply(addAndTotal('a', 10));
    await p.cache.retire(p.index, p.sender.client);
    expect(await p.sender.send(2, addAndTotal('a', 10))).toMatchObject({ status: 'applied' });
    expect(await p.sender.send(1, add('a', 1))).toEqual({ status: 'stale' });
    await p.cache.retire(p.index, p.sender.client);
    await p.cache.sweep(p.index);
    expect(await p.sender.send(2, addAndTotal('a', 10))).toMatchObject({ status: 'applied' });
    expect(await p.unpersisted('a')).toBe(11n);
  });

  test('a sender that ended is forgotten after a while, and no other', async () => {
    const p = await partition({ retiredTtl: 20 });
    const others = Array.from({ length: 3 }, () => p.anotherSender());
    for (const sender of [p.sender, ...others]) await sender.send(1, add('a'));
    await p.cache.retire(p.index, p.sender.client);
    await expect
      .poll(async () => {
        await p.cache.sweep(p.index);
        await p.sender.send(1, add('a'));
        return p.unpersisted('a');
      })
      .toBe(5n);
    for (const sender of others) await sender.send(1, add('a'));
    expect(await p.unpersisted('a')).toBe(5n);
  });

  test('a sender that sent nothing can end', async () => {
    const p = await partition();
    await p.cache.retire(p.index, 'nobody');
    await p.sender.apply(add('a', 3));
    expect(await p.unpersisted('a')).toBe(3n);
  });

  test('a sender that sends all the same goes on', async () => {
    const p = await partition();
    await p.sender.apply(add('a', 1));
    await p.cache.retire(p.index, p.sender.client);
    await p.sender.apply(add('a', 2));
    await p.sender.send(2, add('a', 2));
    expect(await p.unpersisted('a')).toBe(3n);
  });
}
