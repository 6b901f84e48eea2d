import { expect, test } from 'vitest';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';

const GARBAGE: unknown[] = [
  ...[{ partition: 1 }, { partition: 1e9 }, { partition: '0' }, { partition: { $gt: 0 } }],
  ...[{}, [{ partition: 0 }], 'x', 7, null],
];

/** Jobs that this package did not make. */
export function foreignJobs({ isShared, open, shared }: QueueSubject): void {
  test('a job that does not name the partition of its queue fails with a reason, and runs nothing', async ({
    skip,
  }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: nobody else adds jobs`);
    const { queue, ran, told, work, ask } = open();
    work();
    const others = shared();
    const ids: string[] = [];
    for (const data of GARBAGE) ids.push(await others.add(0, data));
    for (const id of ids) {
      await expect.poll(() => others.failure(0, id)).toMatch(/does not name partition 0$/);
    }
    expect(await queue.jobs(0)).toMatchObject({ failed: GARBAGE.length, active: 0, waiting: 0 });
    ask(0, { id: 'own-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/own-1']);
    // they say nothing about the queue
    expect(told).toEqual([]);
  });

  test('more than the partition is not looked at', async ({ skip }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: nobody else adds jobs`);
    const { ran, work } = open();
    work();
    const id = await shared().add(1, { partition: 1, names: ['a'], delta: 1_000_000 });
    await expect.poll(() => ran).toEqual([`1/${id}`]);
  });

  test('of those that failed the last hundred are kept', async ({ skip }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: nobody else adds jobs`);
    const { queue, work, ran, ask } = open();
    work();
    for (let job = 0; job < 120; job++) await shared().add(0, { partition: 'none' });
    ask(0, { id: 'last-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/last-1']);
    await expect.poll(() => queue.jobs(0)).toMatchObject({ failed: 100, active: 0, waiting: 0 });
  });
}
