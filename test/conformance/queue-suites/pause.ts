import { expect, test } from 'vitest';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';

/** Queues that somebody paused, as a dashboard can. */
export function paused({ isShared, open, shared }: QueueSubject): void {
  test('jobs of a paused queue wait, are counted as paused, and run when it is resumed', async ({
    skip,
  }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: nobody pauses them`);
    const { queue, ran, work, ask } = open();
    work();
    ask(0, { id: 'before-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/before-1']);
    expect(await queue.isPaused?.(0)).toBe(false);
    await shared().pause(0);
    expect(await Promise.all([0, 1].map(async (it) => queue.isPaused?.(it)))).toEqual([
      true,
      false,
    ]);
    ask(0, { id: 'paused-1', delay: 0 });
    ask(1, { id: 'other-1', delay: 0 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ paused: 1, waiting: 0, active: 0 });
    await expect.poll(() => ran).toEqual(['0/before-1', '1/other-1']);
    await shared().resume(0);
    await expect.poll(() => ran).toEqual(['0/before-1', '1/other-1', '0/paused-1']);
    await expect.poll(() => queue.jobs(0)).toMatchObject({ paused: 0, waiting: 0, active: 0 });
  });

  test('a paused queue is resumed by the module itself, also one that is not paused', async ({
    skip,
  }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: nobody pauses them`);
    const { queue, ran, work, ask } = open();
    work();
    await shared().pause(0);
    ask(0, { id: 'paused-1', delay: 0 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ paused: 1 });
    await queue.resume?.(0);
    await queue.resume?.(1);
    await expect.poll(() => ran).toEqual(['0/paused-1']);
    expect(await Promise.all([0, 1].map(async (it) => queue.isPaused?.(it)))).toEqual([
      false,
      false,
    ]);
  });
}
