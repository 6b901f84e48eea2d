import { expect, test } from 'vitest';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';
import { gate } from './gate.js';

/** `jobs()`. */
export function counting({ isShared, open }: QueueSubject): void {
  test('a job is counted while it runs, and one for later until its time has come', async () => {
    const { queue, ran, work, ask } = open();
    const slow = gate();
    work(async () => {
      await slow.opened;
      return undefined;
    });
    ask(0, { id: 'now-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/now-1']);
    ask(0, { id: 'later-1', delay: 60_000 });
    const counted = { waiting: 0, paused: 0, active: 1, delayed: 1, failed: 0 };
    await expect.poll(() => queue.jobs(0)).toEqual(counted);
    expect(await queue.jobs(1)).toEqual({ ...counted, active: 0, delayed: 0 });
    slow.open();
    await expect.poll(() => queue.jobs(0)).toEqual({ ...counted, active: 0 });
  });

  test('a job that no worker takes is counted as waiting', async ({ skip }) => {
    skip(!isShared, 'in the process there is no job before somebody works: nothing would keep it');
    const { queue, ask } = open();
    ask(0, { id: 'alone-1', delay: 0 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ waiting: 1, active: 0 });
  });

  test('a job whose run failed is counted as failed', async ({ skip }) => {
    skip(!isShared, `${NOT_IN_PROCESS}; one that failed is forgotten`);
    const { queue, work, ask } = open();
    work(() => Promise.reject(new Error('no database')));
    ask(0, { id: 'bad-2', delay: 0 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ active: 0, failed: 1 });
  });
}
