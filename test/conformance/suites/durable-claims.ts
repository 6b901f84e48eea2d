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
      const other = new Partition(open({ namespace }), p.index, p.generation);
      expect((await other.claimed()).entries).toMatchObject([{ name: 'a', delta: '5' }]);
    },
  );
}
