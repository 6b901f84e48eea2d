import { expect, test } from 'vitest';
import { CacheUnavailableError } from '../../../lib/errors.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, Partition } from '../partition.js';

export function durableClaims({ open, onRedis }: Subject): void {
  test.runIf(onRedis)(
    'a claim that must be on replicas is refused where there are none',
    async () => {
      const namespace = crypto.randomUUID();
      const p = await Partition.seeded(
        open({ namespace, durableClaims: { replicas: 1, timeout: 20 } }),
      );
      await p.sender.apply(add('a', 5));
      for (let tries = 0; tries < 2; tries++) {
        await expect(p.claim()).rejects.toThrow(CacheUnavailableError);
        await expect(p.claim()).rejects.toThrow('it was on 0 of 1 replicas');
      }
      expect(await p.parts('a')).toEqual({ batch: '5' });
      // it is nobody's, so that another tries at once
      await expect
        .poll(() => p.claim({ holder: 'another' }).catch(String))
        .toContain('it was on 0 of 1 replicas');
      const other = new Partition(open({ namespace }), p.index, p.generation);
      expect((await other.claimed()).entries).toMatchObject([{ name: 'a', delta: '5' }]);
    },
  );

  test.runIf(onRedis)('a claim that waits for replicas keeps no increment waiting', async () => {
    const durableClaims = { replicas: 1, timeout: 3_000 };
    const p = await Partition.seeded(open({ durableClaims }));
    await p.sender.apply(add('a'));
    let ended = false;
    const claim = p
      .claim()
      .catch((error: unknown) => error)
      .finally(() => (ended = true));
    await expect.poll(async () => (await p.parts('a')).batch).toBe('1');
    for (let count = 0; count < 100; count++) await p.sender.apply(add('a'));
    expect(ended).toBe(false);
    expect(await p.parts('a')).toEqual({ batch: '1', pending: '100' });
    await p.cache.close();
    await claim;
  });

  test.runIf(onRedis)('claims of several partitions wait side by side', async () => {
    // one after the other would be beyond the time that a command has
    const cache = open({ commandTimeout: 1_500, durableClaims: { replicas: 1, timeout: 700 } });
    const partitions = await Promise.all(
      Array.from({ length: 5 }, (_, index) => Partition.seeded(cache, index)),
    );
    for (const p of partitions) await p.sender.apply(add('a'));
    for (let tries = 0; tries < 2; tries++) {
      const claims = await Promise.allSettled(partitions.map((p) => p.claim()));
      for (const claim of claims) {
        expect(claim).toMatchObject({
          status: 'rejected',
          reason: { message: expect.stringContaining('it was on 0 of 1 replicas') as string },
        });
      }
    }
  });
}
