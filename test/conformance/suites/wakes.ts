import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Wake } from '../../../lib/cache/counter-cache.js';
import type { Subject } from '../counter-cache.conformance.js';
import { add, addAndTotal, LATER, type Partition, set } from '../partition.js';

const TICK = 1000;

/** The job that an increment asks for. */
const wakeOf = async (p: Partition, name: string, interval: number): Promise<Wake | undefined> =>
  (await p.sender.apply(add(name, 1, { interval }))).wake;

async function asked(p: Partition, name = 'a', interval = LATER): Promise<Wake> {
  const wake = await wakeOf(p, name, interval);
  if (wake === undefined) throw new Error('No job was asked for');
  return wake;
}

/** The run that a job starts, to its end; answers the job that it asks for. */
async function run(p: Partition, wake?: string): Promise<Wake | undefined> {
  for (let job = wake; ; job = undefined) {
    const answer = await p.claim({ wake: job });
    if (answer.status === 'idle') return answer.wake;
    if (answer.status !== 'batch') throw new Error(`The claim answered ${answer.status}`);
    await p.acknowledge(answer.batch);
  }
}

export function wakes({ partition }: Subject): void {
  test('one job is asked for at a time, and another only when it comes earlier, in its place', async () => {
    const p = await partition({ tick: TICK });
    expect(await p.cache.askedFor(p.index)).toBeUndefined();
    const first = await asked(p);
    expect(await p.cache.askedFor(p.index)).toBe(first.id);
    expect(first.delay).toBeGreaterThanOrEqual(LATER);
    expect(first.delay).toBeLessThanOrEqual(LATER + TICK);
    expect(first.replaces).toBeUndefined();
    expect(await wakeOf(p, 'b', LATER)).toBeUndefined();
    expect(await wakeOf(p, 'c', 2 * LATER)).toBeUndefined();
    const earlier = await asked(p, 'c', LATER / 2);
    expect(earlier.delay).toBeGreaterThanOrEqual(LATER / 2 - TICK);
    expect(earlier.delay).toBeLessThanOrEqual(LATER / 2 + TICK);
    expect(earlier).toMatchObject({ replaces: first.id });
    expect(await wakeOf(p, 'a', LATER)).toBeUndefined();
    const now = await asked(p, 'd', 0);
    expect(now).toMatchObject({ delay: 0, replaces: earlier.id });
    expect(await wakeOf(p, 'e', 0)).toBeUndefined();
    expect(new Set([first.id, earlier.id, now.id]).size).toBe(3);
  });

  test('one job is asked for however many increments come in one request', async () => {
    const p = await partition({ tick: TICK });
    const intervals = [LATER, LATER / 4, LATER / 2];
    const { wake } = await p.sender.apply(
      ...intervals.map((interval) => add(`every ${interval}`, 1, { interval })),
    );
    expect(wake?.delay).toBeGreaterThanOrEqual(LATER / 4 - TICK);
    expect(wake?.delay).toBeLessThanOrEqual(LATER / 4 + TICK);
  });

  test('a request that applies nothing asks for no job', async () => {
    const p = await partition();
    expect(await p.sender.apply(addAndTotal('cold'), set('cold', 1))).toMatchObject({
      wake: undefined,
    });
  });

  test('a request that is sent again asks for the same job', async () => {
    const p = await partition();
    const sent = add('a', 1, { interval: LATER });
    const wake = await asked(p);
    const again = await p.sender.send(1, sent);
    expect(again).toMatchObject({ status: 'applied', wake: { id: wake.id } });
  });

  test('the run of the job may be followed by another one: what comes meanwhile asks for it', async () => {
    const p = await partition();
    const first = await asked(p, 'a', 0);
    await p.claimed({ wake: first.id });
    const second = await asked(p, 'b', 0);
    expect(second).toMatchObject({ delay: 0, replaces: undefined });
  });

  test('a run asks for a job for what is due next, if none is asked for', async () => {
    const p = await partition();
    await p.sender.apply(add('later', 1, { interval: LATER }));
    const now = await asked(p, 'a', 0);
    const next = await run(p, now.id);
    expect(next?.delay).toBeGreaterThan(LATER / 2);
    // it is asked for now
    expect(await run(p)).toBeUndefined();
    expect(await wakeOf(p, 'b', LATER)).toBeUndefined();
    // by its own job too: nothing was counted since, and it was not due
    const again = await run(p, next?.id);
    expect(again?.id).not.toBe(next?.id);
  });

  test('a run that found nothing asks for nothing', async () => {
    const p = await partition();
    const { id } = await asked(p, 'a', 0);
    expect(await run(p, id)).toBeUndefined();
    for (let times = 0; times < 3; times++) expect(await run(p, id)).toBeUndefined();
  });

  test('runs by other jobs, however many, leave the one that is asked for', async () => {
    const p = await partition();
    const { id } = await asked(p);
    for (const other of ['1', randomUUID(), undefined]) expect(await run(p, other)).toBeUndefined();
    expect(await wakeOf(p, 'b', LATER)).toBeUndefined();
    expect((await asked(p, 'c', 0)).replaces).toBe(id);
  });

  test('flushing asks for a job now, once', async () => {
    const p = await partition();
    const first = await asked(p);
    const { wake } = await p.cache.hasten(p.index, ['a']);
    expect(wake).toMatchObject({ delay: 0, replaces: first.id });
    expect((await p.cache.hasten(p.index, ['a'])).wake).toBeUndefined();
    expect((await p.cache.hasten(p.index)).wake).toBeUndefined();
  });

  test('flushing where nothing waits asks for no job', async () => {
    const p = await partition();
    await p.cache.hasten(p.index);
    await asked(p);
    expect((await p.cache.hasten(p.index, ['never used'])).wake).toBeUndefined();
  });

  test('a job that was lost is asked for again, now', async () => {
    const p = await partition();
    const lost = await asked(p);
    const wake = await p.cache.wake(p.index);
    expect(wake).toMatchObject({ delay: 0, replaces: lost.id });
    expect(wake.id).not.toBe(lost.id);
    expect(await wakeOf(p, 'b', 0)).toBeUndefined();
    expect(await run(p, wake.id)).toMatchObject({ replaces: undefined });
  });
}
