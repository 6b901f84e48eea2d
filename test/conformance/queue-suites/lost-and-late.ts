import { expect, test } from 'vitest';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';

/** Jobs that never come, and jobs that come when their time is over. */
export function lostAndLate(subject: QueueSubject): void {
  const { isShared, open, shared } = subject;

  test('where a job was lost, the one that the sweeper asks for instead runs', async ({ skip }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: none is lost`);
    const { queue, ran, work, ask } = open();
    work();
    ask(0, { id: 'before-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/before-1']);
    ask(0, { id: 'lost-1', delay: 60_000 });
    await expect.poll(() => queue.jobs(0)).toMatchObject({ delayed: 1 });
    await shared().forget();
    expect(await queue.jobs(0)).toMatchObject({ delayed: 0 });
    ask(0, { id: 'again-1', delay: 0, replaces: 'lost-1' });
    await expect.poll(() => ran).toEqual(['0/before-1', '0/again-1']);
  });

  test('jobs run behind a Redis that forgot its scripts', async ({ skip }) => {
    skip(!isShared, NOT_IN_PROCESS);
    const { ran, work, ask } = open();
    work();
    ask(0, { id: 'one-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/one-1']);
    await subject.server.command('SCRIPT', 'FLUSH');
    ask(0, { id: 'two-1', delay: 100 });
    await expect.poll(() => ran).toEqual(['0/one-1', '0/two-1']);
  });

  test('a job whose time came while there was no worker runs when one comes', async ({ skip }) => {
    skip(!isShared, `${NOT_IN_PROCESS}: with the worker ends the job`);
    const producer = open();
    producer.ask(0, { id: 'late-1', delay: 100 });
    producer.ask(1, { id: 'late-2', delay: 0 });
    await expect.poll(() => producer.queue.jobs(0)).toMatchObject({ delayed: 1 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const worker = open();
    worker.work();
    await expect.poll(() => [...worker.ran].sort()).toEqual(['0/late-1', '1/late-2']);
  });

  test('a job that nobody asked for runs all the same', async ({ skip }) => {
    skip(!isShared, NOT_IN_PROCESS);
    const { ran, work } = open();
    work();
    const id = await shared().add(1, { partition: 1 });
    await expect.poll(() => ran).toEqual([`1/${id}`]);
  });
}
