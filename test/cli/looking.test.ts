import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createClient } from '@redis/client';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startApplication } from '../support/application.js';
import { useApplication } from '../support/use-application.js';
import { asked, fastcounter, type Place, program } from './command.js';

const application = useApplication({
  updateInterval: 600_000,
  windows: { counters: [{ prefix: 'views:', windows: ['day'] }], timeZone: 'Europe/Berlin' },
});
const place = (): Place => {
  const { databaseUrl, namespace } = application();
  return { databaseUrl, namespace };
};

/** Keys in Redis of a namespace, without the cache of reads, and who sent increments. */
async function inRedis(namespace: string): Promise<string[]> {
  const client = createClient({ url: inject('redisAdminUrl') });
  await client.connect();
  const keys = await client.keys(`fastcounter:{${namespace}:*`);
  const senders = keys.filter((key) => key.endsWith('::clients'));
  const dumped = await Promise.all(senders.map((key) => client.dump(key)));
  await client.close();
  return [...keys.filter((key) => !key.includes('bases')), ...dumped.map(String)].sort();
}

describe('the commands that look', () => {
  it('tell what is counted, and leave no trace', async () => {
    const { counters, namespace } = application();
    await counters.incrMany([
      { name: 'views:1', delta: 7 },
      { name: 'views:2', delta: 3 },
      { name: 'large', delta: 2n ** 60n },
      // in each partition: a sweep makes what a partition has where nothing is counted
      ...Array.from({ length: 40 }, (_, i) => ({ name: `other:${i}` })),
    ]);
    await counters.flush();
    await counters.incr('views:1');
    const before = await inRedis(namespace);
    const [status, get, list, top, series, workers, watch] = await Promise.all([
      asked(place(), ['status']),
      asked(place(), ['get', 'views:1', 'none', 'large']),
      asked(place(), ['list', '--prefix', 'views:', '--order', 'value']),
      asked(place(), ['top', '--prefix', 'views:', '--window', 'day']),
      asked(place(), ['series', 'views:1', '--from', '2d']),
      asked(place(), ['workers']),
      fastcounter(place(), ['watch', '--times', '2']),
    ]);
    expect(status).toMatchObject({ status: 0, error: '', data: { verdict: 'OK', problems: [] } });
    expect(status.data).toMatchObject({ namespace, cache: { answers: true } });
    expect(get.data).toEqual([
      { name: 'views:1', value: 8 },
      { name: 'none', value: 0 },
      // no reader of JSON would keep it as a number
      { name: 'large', value: '1152921504606846976' },
    ]);
    expect(list.data).toMatchObject([
      { name: 'views:1', value: 7 },
      { name: 'views:2', value: 3 },
    ]);
    expect(top.data).toMatchObject([
      { name: 'views:1', value: 8 },
      { name: 'views:2', value: 3 },
    ]);
    const { points } = series.data as { points: { value: number }[] };
    expect(points.map(({ value }) => value)).toEqual([0, 0, 8]);
    expect(series.data).toMatchObject({ timeZone: 'Europe/Berlin' });
    expect(workers).toMatchObject({ status: 0, data: [{ workers: true, pid: process.pid }] });
    expect(watch.status).toBe(0);
    expect(watch.out).toMatch(
      /^(\S+Z {2}OK {2}pending 2 {2}due 0 {2}overdue 0 s {2}workers 1\n){2}$/,
    );
    expect(await inRedis(namespace)).toEqual(before);
  });

  it('write for people unless told', async () => {
    await application().counters.incr('views:3', 5);
    const [status, series, help] = await Promise.all([
      fastcounter(place(), ['status']),
      fastcounter(place(), ['series', 'views:3', '--from', '1d']),
      fastcounter({}, ['series', '--help']),
    ]);
    expect(status.out).toMatch(/^OK {2}namespace .*\n\nredis +answers\n/);
    expect(status.out).toContain('pending');
    expect(series.out).toMatch(/^views:3, by day, in Europe\/Berlin\nfrom .*\n.* 0\n.* 5 {2}█+\n$/);
    expect(help.out).toContain('Examples:\n\n  fastcounter series views:42');
  });

  it('refuse a namespace that nobody uses, and make none', async () => {
    const nobody = { ...place(), namespace: 'no-such-namespace' };
    const [status, get] = await Promise.all([
      asked(nobody, ['status']),
      fastcounter(nobody, ['get', 'views:1']),
    ]);
    expect(status).toMatchObject({ status: 64, data: { error: { code: 'USAGE' } } });
    expect(get).toMatchObject({ status: 64, out: '' });
    expect(get.error).toContain('Nobody uses namespace "no-such-namespace"');
    expect(await inRedis('no-such-namespace')).toEqual([]);
    const rows = await application().dataSource.query<unknown[]>(
      `SELECT 1 FROM fast_counter_ledger WHERE namespace = 'no-such-namespace'`,
    );
    expect(rows).toEqual([]);
  });
});

it('totals of the embedded mode come from the database', async () => {
  const { counters, databaseUrl, namespace, close } = await startApplication({ mode: 'embedded' });
  await counters.incr('views:1', 4);
  await close();
  const here = { databaseUrl, namespace, redis: undefined };
  const [get, list] = await Promise.all([asked(here, ['get', 'views:1']), asked(here, ['list'])]);
  expect(get).toMatchObject({ status: 0, data: [{ name: 'views:1', value: 4 }] });
  expect(list).toMatchObject({ status: 0, data: [{ name: 'views:1', value: 4 }] });
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query('SELECT 1 FROM fast_counter_ledger');
  await client.end();
  expect(rows).toEqual([]);
});

describe('the output of a command', () => {
  const ended = async (child: ChildProcess): Promise<{ status: number | null; error: string }> => {
    let error = '';
    child.stderr?.on('data', (chunk: Buffer) => (error += chunk.toString()));
    return { status: await new Promise((resolve) => child.once('close', resolve)), error };
  };

  it('ends it quietly where its reader has enough', async () => {
    const child = spawn(process.execPath, [program, '--help']);
    child.stdout.destroy();
    expect(await ended(child)).toEqual({ status: 0, error: '' });
  });

  it('fails where it cannot be written', async () => {
    const full = await open('/dev/full', 'w');
    onTestFinished(() => full.close());
    const child = spawn(process.execPath, [program, '--help'], {
      stdio: ['ignore', full.fd, 'pipe'],
    });
    const { status, error } = await ended(child);
    expect(error).toContain('The output could not be written: ENOSPC');
    expect(status).toBe(2);
  });

  it('tells its progress to nobody, and goes on', async () => {
    const child = spawn(process.execPath, [program, 'frobnicate', '--json']);
    child.stderr.destroy();
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    expect((await ended(child)).status).toBe(64);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE' } });
  });
});
