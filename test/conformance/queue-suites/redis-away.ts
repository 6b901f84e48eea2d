import { expect, test } from 'vitest';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';

/** A Redis that goes away and comes back. */
export function redisAway(subject: QueueSubject): void {
  const { isShared, open } = subject;

  test('while its Redis is away a queue tells one outage, and what was asked for last runs when it is back', async ({
    skip,
  }) => {
    skip(!isShared, NOT_IN_PROCESS);
    const { queue, ran, told, work, ask } = open();
    work();
    ask(0, { id: 'before-1', delay: 0 });
    ask(1, { id: 'before-2', delay: 0 });
    await expect.poll(() => [...ran].sort()).toEqual(['0/before-1', '1/before-2']);
    // a job whose end was not noted yet would run again
    await expect.poll(() => queue.jobs(0)).toMatchObject({ active: 0 });
    await expect.poll(() => queue.jobs(1)).toMatchObject({ active: 0 });
    await subject.server.kill();
    for (let asked = 0; asked < 20; asked++) ask(0, { id: `away-${asked}`, delay: 0 });
    await expect.poll(() => told).toEqual(['outage queue']);
    await subject.server.restart();
    await expect.poll(() => ran).toContain('0/away-19');
    await expect.poll(() => told).toEqual(['outage queue', 'recovery queue']);
    // of those between the first and the last none was sent
    expect(ran.filter((id) => id.startsWith('0/away')).length).toBeLessThanOrEqual(2);
    ask(1, { id: 'after-1', delay: 0 });
    await expect.poll(() => ran).toContain('1/after-1');
    await expect.poll(() => queue.jobs(0)).toMatchObject({ waiting: 0, active: 0 });
  });

  test('queues that are made while their Redis is away work when it comes', async ({ skip }) => {
    skip(!isShared, NOT_IN_PROCESS);
    await subject.server.kill();
    const { ran, told, work, ask } = open();
    work();
    ask(0, { id: 'early-1', delay: 0 });
    await expect.poll(() => told).toEqual(['outage queue']);
    await subject.server.restart();
    await expect.poll(() => ran).toEqual(['0/early-1']);
    await expect.poll(() => told).toEqual(['outage queue', 'recovery queue']);
  });
}
