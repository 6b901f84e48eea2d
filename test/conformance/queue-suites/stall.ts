import { expect, test } from 'vitest';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';

/** Jobs whose worker died. */
export function stalled({ isShared, open, shared }: QueueSubject): void {
  test('a job whose worker died is handed to another by the process that sweeps', async ({
    skip,
  }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: a worker that dies takes its jobs with it`);
    const producer = open();
    producer.ask(0, { id: 'dead-1', delay: 0 });
    await expect.poll(() => producer.queue.jobs(0)).toMatchObject({ waiting: 1 });
    expect(await shared().takeAndDie(0)).toBe('dead-1');
    expect(await producer.queue.jobs(0)).toMatchObject({ waiting: 0, active: 1 });

    // a job is marked at the first look, and moved at the next
    const workers = [open(), open()];
    for (const { queue, work } of workers) {
      await shared().letLook(0);
      work();
      queue.reclaim?.();
      // within the interval there is no further look
      queue.reclaim?.();
      await expect.poll(() => shared().hasLooked(0)).toBe(true);
    }
    await expect.poll(() => workers.flatMap(({ ran }) => ran)).toEqual(['0/dead-1']);
    await expect.poll(() => producer.queue.jobs(0)).toMatchObject({ waiting: 0, active: 0 });
  });

  test('a worker that does not sweep looks for no stalled jobs', async ({ skip }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: a worker that dies takes its jobs with it`);
    const producer = open();
    producer.ask(0, { id: 'dead-2', delay: 0 });
    await expect.poll(() => producer.queue.jobs(0)).toMatchObject({ waiting: 1 });
    await shared().takeAndDie(0);
    const worker = open();
    worker.work();
    for (let look = 0; look < 3; look++) {
      await shared().letLook(0);
      producer.ask(1, { id: `other-${look}`, delay: 0 });
      await expect.poll(() => worker.ran).toContain(`1/other-${look}`);
    }
    expect(worker.ran).not.toContain('0/dead-2');
    expect(await worker.queue.jobs(0)).toMatchObject({ active: 1 });
  });
}
