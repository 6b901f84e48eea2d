import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { within } from '../../../lib/words/within.js';
import { NOT_IN_PROCESS, type QueueSubject } from '../persist-queue.conformance.js';
import { gate } from './gate.js';

/** Far beyond each deadline below: who takes this long waits for something else. */
const FOR_EVER = 25_000;

/** What no part of this process handled, from now on. */
function watchUnhandled(): unknown[] {
  const unhandled: unknown[] = [];
  const note = (error: unknown): unknown => unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => {
    process.off('unhandledRejection', note);
  });
  return unhandled;
}

/** The end of the queues of a process. */
export function closing(subject: QueueSubject): void {
  const { isShared, open, shared } = subject;

  test('closing waits for the run under way, and begins no other', async () => {
    const { queue, ran, work, ask } = open();
    const slow = gate();
    let ended = false;
    work(async () => {
      await slow.opened;
      ended = true;
      return undefined;
    });
    ask(0, { id: 'slow-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/slow-1']);
    const closed = queue.close(FOR_EVER);
    await turn();
    queue.trigger(1, { id: 'too-late-1', delay: 0 });
    if (isShared) await shared().add(1, { partition: 1 });
    expect(await within(300, closed)).toBe(false);
    slow.open();
    await closed;
    expect(ended).toBe(true);
    expect(ran).toEqual(['0/slow-1']);
  });

  test('a job that comes as one process closes runs in another one', async ({ skip }) => {
    skip(!isShared, NOT_IN_PROCESS);
    const leaving = open();
    const slow = gate();
    leaving.work(async (partition) => {
      if (partition === 1) await slow.opened;
      return undefined;
    });
    leaving.ask(1, { id: 'slow-1', delay: 0 });
    await expect.poll(() => leaving.ran).toEqual(['1/slow-1']);
    const closed = leaving.queue.close(FOR_EVER);
    const staying = open();
    staying.work();
    staying.ask(0, { id: 'new-1', delay: 0 });
    // one that was on its way to the worker which leaves is sent again, under another id
    await expect.poll(() => staying.ran).toEqual([expect.stringMatching(/^0\//)]);
    slow.open();
    await closed;
    expect(leaving.ran).toEqual(['1/slow-1']);
  });

  test('a run that hangs does not keep it beyond its deadline, and no connection is left', async () => {
    const unhandled = watchUnhandled();
    const before = isShared ? await subject.server.connections() : 0;
    const { queue, ran, work, ask } = open();
    work(() => new Promise(() => undefined));
    ask(0, { id: 'hangs-1', delay: 0 });
    await expect.poll(() => ran).toEqual(['0/hangs-1']);
    expect(await within(FOR_EVER, queue.close(300))).toBe(true);
    if (isShared) await expect.poll(() => subject.server.connections()).toBe(before);
    expect(unhandled).toEqual([]);
  });

  test('after the end nothing is sent, and nothing runs', async () => {
    const { queue, ran, work, ask } = open();
    work();
    ask(0, { id: 'pending-1', delay: 200 });
    await queue.close(1000);
    queue.trigger(0, { id: 'after-1', delay: 0 });
    queue.reclaim?.();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(ran).toEqual([]);
  });

  test('queues may be closed at any moment of their start', async () => {
    const unhandled = watchUnhandled();
    const before = isShared ? await subject.server.connections() : 0;
    for (const turns of [0, 1, 2, 3, 5, 8, 13, 21, 34]) {
      const { queue, work, ask } = open();
      work();
      ask(0, { id: `start-${turns}`, delay: 0 });
      for (let passed = 0; passed < turns; passed++) await turn();
      expect(await within(FOR_EVER, queue.close(1000))).toBe(true);
    }
    if (isShared) await expect.poll(() => subject.server.connections()).toBe(before);
    expect(unhandled).toEqual([]);
  });

  test.for([
    ['since a while', true],
    ['since before they were made', false],
  ] as const)(
    'queues whose Redis is away %s keep their deadline, and disturb nobody',
    async ([, wereConnected], { skip }) => {
      skip(!isShared, NOT_IN_PROCESS);
      const unhandled = watchUnhandled();
      if (!wereConnected) await subject.server.kill();
      const { queue, ran, told, work, ask } = open();
      work();
      ask(0, { id: 'one-1', delay: 0 });
      if (wereConnected) {
        await expect.poll(() => ran).toEqual(['0/one-1']);
        await subject.server.kill();
        ask(0, { id: 'two-1', delay: 0 });
      }
      await expect.poll(() => told).toEqual(['outage queue']);
      expect(await within(FOR_EVER, queue.close(500))).toBe(true);
      await subject.server.restart();
      // what was left would connect again
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await subject.server.connections()).toBe(0);
      expect(unhandled).toEqual([]);
    },
  );
}
