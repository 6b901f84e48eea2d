import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, inject, it, onTestFinished } from 'vitest';
import { queuesSet } from '../../lib/cli/mending/queues-set.js';
import { openObserver } from '../../lib/cli/observer/open.js';
import type { Call } from '../../lib/cli/verb.js';
import { startApplication } from '../support/application.js';
import { asked, fastcounter, program } from './command.js';

it('another number of queues is set when nobody counts and nothing is left', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);
  const before = await startApplication({ queue: { count: 3 }, updateInterval: 600_000 });
  const { databaseUrl, namespace } = before;
  const admin = { databaseUrl, namespace, redis: inject('redisAdminUrl') };
  await before.counters.incrMany(names.map((name) => ({ name, delta: 2 })));
  const running = await fastcounter(admin, ['queues', 'set', '7', '--yes']);
  expect(running).toMatchObject({ status: 64 });
  expect(running.error).toContain('Stop all processes first');
  // in order: what was counted is in Redis
  await before.close();
  const pending = await fastcounter(admin, ['queues', 'set', '7', '--yes']);
  expect(pending).toMatchObject({ status: 64 });
  expect(pending.error).toContain('20 counters pending');
  const last = await startApplication({ databaseUrl, namespace, queue: { count: 3 } });
  await last.counters.flush();
  await last.close();

  const dry = await asked(admin, ['queues', 'set', '7']);
  expect(dry).toMatchObject({ status: 0, data: { before: 3, queues: 7, done: false } });
  // as where it is killed between two of its steps, each in turn
  for (const step of ['removing', 'forgetting', 'setting up', '3 of 7']) {
    await expect(brokenOff(admin, step)).rejects.toThrow(step);
    const other = await fastcounter(admin, ['queues', 'set', '6', '--yes']);
    expect(other).toMatchObject({ status: 64 });
    expect(other.error).toContain('A change from 3 to 7 queues was begun');
  }
  const done = await asked(admin, ['queues', 'set', '7', '--yes']);
  expect(done).toMatchObject({ status: 0, data: { before: 3, queues: 7, done: true } });
  expect(done.error).toContain('it goes on');
  const again = await fastcounter(admin, ['queues', 'set', '7', '--yes']);
  expect(again.error).toContain('has 7 queues already');
  const former = startApplication({ databaseUrl, namespace, queue: { count: 3 } });
  await expect(former).rejects.toThrow('counts on 7 queues');
  const after = await startApplication({ databaseUrl, namespace, queue: { count: 7 } });
  onTestFinished(after.close);
  expect(await after.counters.getCounts(names)).toEqual(names.map(() => 2));
  await after.counters.incrMany(names.map((name) => ({ name })));
  await after.counters.flush();
  for (const name of names) expect(await after.row(name)).toBe(3n);
  expect((await after.counters.status()).problems).toEqual([]);
});

it('goes on where it was killed', async () => {
  const before = await startApplication({ queue: { count: 3 }, updateInterval: 600_000 });
  const { databaseUrl, namespace } = before;
  const admin = { databaseUrl, namespace, redis: inject('redisAdminUrl') };
  const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);
  await before.counters.incrMany(names.map((name) => ({ name, delta: 2 })));
  await before.counters.flush();
  await before.close();
  // it is in the midst of the step, or just behind it
  for (const step of ['removing', 'forgetting', 'setting up', '2 of 7']) {
    const { signal, error } = await killed(admin, step);
    expect(error).toContain(step);
    expect(signal).toBe('SIGKILL');
  }
  const done = await asked(admin, ['queues', 'set', '7', '--yes']);
  expect(done).toMatchObject({ status: 0, data: { before: 3, queues: 7, done: true } });
  expect(done.error).toContain('it goes on');
  const after = await startApplication({ databaseUrl, namespace, queue: { count: 7 } });
  onTestFinished(after.close);
  await after.counters.incrMany(names.map((name) => ({ name })));
  await after.counters.flush();
  expect(await after.counters.getCounts(names)).toEqual(names.map(() => 3));
  for (const name of names) expect(await after.row(name)).toBe(3n);
  expect((await after.counters.status()).problems).toEqual([]);
});

/** The command as a process, killed as soon as it tells of this step. */
async function killed(
  { redis, databaseUrl, namespace }: { redis: string; databaseUrl: string; namespace: string },
  step: string,
): Promise<{ signal: string | null; error: string }> {
  const place = { FASTCOUNTER_REDIS: redis, FASTCOUNTER_DATABASE: databaseUrl };
  const child = spawn(process.execPath, [program, 'queues', 'set', '7', '--yes'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...place,
      FASTCOUNTER_NAMESPACE: namespace,
    },
  });
  let error = '';
  child.stderr.on('data', (chunk: Buffer) => {
    error += chunk.toString();
    if (error.split('\n').some((line) => line.startsWith(step))) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, error };
}

/** Ends where the command would tell of this step. */
async function brokenOff(
  { redis, databaseUrl: url, namespace }: { redis: string; databaseUrl: string; namespace: string },
  step: string,
): Promise<unknown> {
  const opened = await openObserver({ redis, database: { url }, namespace, queue: {} });
  const progress = (text: string): void => {
    if (text.startsWith(step)) throw new Error(text);
  };
  const call = { connect: () => Promise.resolve(opened), operands: ['7'], isMeant: true, progress };
  return queuesSet.run(call as unknown as Call).finally(() => opened.close());
}
