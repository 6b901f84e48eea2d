import { expect, test } from 'vitest';
import type { QueueSubject } from '../persist-queue.conformance.js';

/** Jobs that take the place of others. */
export function replacing({ isShared, open }: QueueSubject): void {
  test('a job takes the place of the later one that it replaces, in its own partition', async () => {
    const { queue, ran, work, ask } = open();
    work();
    ask(0, { id: 'late-1', delay: 60_000 });
    ask(1, { id: 'late-1', delay: 60_000 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ delayed: 1 });
    ask(0, { id: 'soon-1', delay: 50_000, replaces: 'late-1' });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ delayed: 1 });
    ask(0, { id: 'now-1', delay: 0, replaces: 'soon-1' });
    await expect.poll(() => ran).toEqual(['0/now-1']);
    await expect.poll(() => queue.jobs(0)).toMatchObject({ delayed: 0, waiting: 0 });
    await expect.poll(() => queue.jobs(1)).toMatchObject({ delayed: 1 });
  });

  // a lane waits for its turn before it asks for the job of its answer
  test('a job whose request is overtaken by that of the job which replaces it takes nothing away from it', async () => {
    const { queue, ran, work, ask } = open();
    work();
    ask(0, { id: 'second-1', delay: 1000, replaces: 'first-1' });
    queue.trigger(0, { id: 'first-1', delay: 60_000 });
    await expect.poll(() => ran).toEqual(['0/second-1']);
  });

  test('the job whose request came too late is removed again', async ({ skip }) => {
    skip(
      !isShared,
      'in the process nobody is asked for which job waits: the late one does no harm',
    );
    const { queue, ask } = open();
    ask(0, { id: 'second-2', delay: 50_000, replaces: 'first-2' });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ delayed: 1 });
    queue.trigger(0, { id: 'first-2', delay: 60_000 });
    ask(0, { id: 'second-2', delay: 50_000 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ delayed: 1 });
  });

  test('a job that runs already is not taken away', async () => {
    const { ran, work, ask } = open();
    let ended = 0;
    work(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      ended++;
      return undefined;
    });
    ask(0, { id: 'runs-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/runs-1']);
    ask(0, { id: 'next-1', delay: 0, replaces: 'runs-1' });
    await expect.poll(() => ran).toEqual(['0/runs-1', '0/next-1']);
    await expect.poll(() => ended).toBe(2);
  });
}
