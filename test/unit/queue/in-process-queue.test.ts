import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { InProcessQueue } from '../../../lib/queue/in-process-queue.js';

/** Long enough for two jobs without delay. */
const ENOUGH = 200;

function queue() {
  const ran: string[] = [];
  const made = new InProcessQueue();
  made.work((partition, job) => {
    ran.push([partition, job].join('/'));
    return Promise.resolve(undefined);
  });
  return { made, ran };
}

test('a job whose request is overtaken by that of the job which replaces it takes nothing away from it', async () => {
  const { made, ran } = queue();
  // a lane waits for its turn before it asks for the job of its answer
  made.trigger(0, { id: 'second', delay: 20, replaces: 'first' });
  made.trigger(0, { id: 'first', delay: 60_000 });
  await pause(ENOUGH);
  expect(ran).toEqual(['0/second']);
  await made.close(0);
});

test('a job takes the place of the one that it replaces, and of one by its own name', async () => {
  const { made, ran } = queue();
  made.trigger(0, { id: 'late', delay: 30 });
  made.trigger(1, { id: 'late', delay: 30 });
  made.trigger(0, { id: 'soon', delay: 10, replaces: 'late' });
  made.trigger(0, { id: 'soon', delay: 20 });
  expect(await made.jobs(0)).toMatchObject({ delayed: 1 });
  await pause(ENOUGH);
  expect(ran.sort()).toEqual(['0/soon', '1/late']);
  expect(await made.jobs(0)).toMatchObject({ delayed: 0 });
});

test('a queue that is closed runs none of its jobs', async () => {
  const { made, ran } = queue();
  made.trigger(0, { id: 'one', delay: 10 });
  await made.close(0);
  made.trigger(0, { id: 'two', delay: 10 });
  await pause(ENOUGH);
  expect(ran).toEqual([]);
});
