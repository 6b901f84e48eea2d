import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { type Application, startApplication } from '../support/application.js';

/** Longer than it takes until the note of another process is seen to have moved, and shorter than a minute. */
const seldom = { interval: 500 };
const PAIRS = 3;

/** Both modes at the same moment; answers those that run, and why others do not. */
async function startBoth(): Promise<{ running: Application[]; refusals: unknown[] }> {
  const embedded = await startApplication({ mode: 'embedded' });
  const { databaseUrl } = embedded;
  onTestFinished(embedded.close);
  const namespace = `same-${randomUUID().slice(0, 8)}`;
  const both = { databaseUrl, namespace };
  const started = await Promise.allSettled([
    startApplication({ mode: 'redis', ...both }),
    startApplication({ mode: 'embedded', ...both }),
  ]);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const { close } of running) onTestFinished(close);
  const refusals = started.flatMap((one): unknown[] =>
    one.status === 'rejected' ? [one.reason] : [],
  );
  return { running, refusals };
}

async function codesOf({ counters }: Application): Promise<string[]> {
  const { problems } = await counters.status();
  return problems.map(({ code }) => code);
}

test('an embedded process and one with Redis that start at the same moment: one is refused, or both are told, and nothing is lost', async () => {
  const pairs = await Promise.all(Array.from({ length: PAIRS }, startBoth));
  await Promise.all(
    pairs.map(async ({ running, refusals }) => {
      expect(running.length + refusals.length).toBe(2);
      expect(running).not.toHaveLength(0);
      for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'INVALID_OPTIONS' });
      for (const { counters } of running) await counters.incr('both', 3);
      const [first, second] = running;
      if (first && second) {
        await expect.poll(() => codesOf(first), seldom).toContain('FC-MISCONFIGURED');
        await expect.poll(() => codesOf(second), seldom).toContain('FC-EMBEDDED-OVERLAP');
      }
      await Promise.all(running.map(({ counters }) => counters.flush()));
      expect(await first?.row('both')).toBe(3n * BigInt(running.length));
    }),
  );
});
