import { expect, test } from 'vitest';
import { type QueueSubject } from '../persist-queue.conformance.js';
import { gate } from './gate.js';

/** Jobs, from when they are asked for until they have run. */
export function running({ open }: QueueSubject): void {
  test('a job runs once, with its partition and its id, and nothing of it is left', async () => {
    const { queue, ran, work, ask } = open();
    work();
    ask(0, { id: '1-100', delay: 0 });
    ask(1, { id: '1-101', delay: 0 });
    await expect.poll(() => [...ran].sort()).toEqual(['0/1-100', '1/1-101']);
    const nothing = { waiting: 0, paused: 0, active: 0, delayed: 0, failed: 0 };
    await expect.poll(() => queue.jobs(0)).toEqual(nothing);
    await expect.poll(() => queue.jobs(1)).toEqual(nothing);
    expect(ran).toHaveLength(2);
  });

  test('a job for later runs when its time has come, and not before', async () => {
    const { ran, work, ask } = open();
    work();
    const asked = performance.now();
    const delay = 700;
    ask(0, { id: '2-100', delay });
    await expect.poll(() => ran, { interval: 5 }).toEqual(['0/2-100']);
    // a timer may come a millisecond before its time, and clocks of two processes are compared
    expect(performance.now() - asked).toBeGreaterThan(delay - 20);
  });

  test('the job that a run asks for runs behind it', async () => {
    const { ran, work, ask } = open();
    work((_, job) => Promise.resolve(job === 'first-1' ? { id: 'second-1', delay: 0 } : undefined));
    ask(0, { id: 'first-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/first-1', '0/second-1']);
  });

  test('a run that fails takes nothing from the jobs behind it', async () => {
    const { ran, work, ask } = open();
    work((_, job) =>
      job === 'bad-1' ? Promise.reject(new Error('no database')) : Promise.resolve(undefined),
    );
    ask(0, { id: 'bad-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/bad-1']);
    ask(0, { id: 'good-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/bad-1', '0/good-1']);
  });

  test('a run that takes long keeps the jobs of its own partition waiting, and no others', async () => {
    const { ran, work, ask } = open();
    const slow = gate();
    let together = 0;
    let most = 0;
    work(async (partition) => {
      if (partition === 1) return undefined;
      most = Math.max(most, ++together);
      await slow.opened;
      together--;
      return undefined;
    });
    ask(0, { id: 'slow-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/slow-1']);
    ask(0, { id: 'slow-2', delay: 0 });
    ask(1, { id: 'quick-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/slow-1', '1/quick-1']);
    slow.open();
    await expect.poll(() => ran).toEqual(['0/slow-1', '1/quick-1', '0/slow-2']);
    expect(most).toBe(1);
  });
}
