import { expect, test } from 'vitest';
import type { QueueSubject } from '../persist-queue.conformance.js';

/** Jobs that come more than once. */
export function repeated({ isShared, open, shared }: QueueSubject): void {
  test('a job that is asked for ten times, by several processes, waits once', async () => {
    const first = open();
    const processes = isShared ? [first, open(), open()] : [first];
    first.work();
    for (let time = 0; time < 10; time++) {
      for (const { ask } of processes) ask(0, { id: 'same-1', delay: 2000 });
    }
    await expect.poll(() => first.queue.jobs(0)).toMatchObject({ delayed: 1 });
    await expect.poll(() => first.ran).toEqual(['0/same-1']);
    await expect.poll(() => first.queue.jobs(0)).toMatchObject({ delayed: 0, waiting: 0 });
    expect(first.ran).toHaveLength(1);
  });

  test('ten jobs of a partition run one after the other: each may find nothing to do', async () => {
    const { ran, work, ask } = open();
    let together = 0;
    let most = 0;
    work(async () => {
      most = Math.max(most, ++together);
      await new Promise((resolve) => setTimeout(resolve, 5));
      together--;
      return undefined;
    });
    for (let time = 0; time < 10; time++) {
      if (isShared) await shared().add(0, { partition: 0 });
      else ask(0, { id: `many-${time}`, delay: 0 });
    }
    await expect.poll(() => ran.length).toBe(10);
    expect(new Set(ran).size).toBe(10);
    expect(most).toBe(1);
  });
}
