import { inspect } from 'node:util';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  CounterEvents,
  type CounterEventMap,
  CounterOverflowError,
  meteredName,
  MeteringService,
} from '../../lib/index.js';
import { LogLines } from '../../lib/incidents/log-lines.js';
import { logEvents } from '../../lib/module/event-log.js';
import { type Application, startApplication } from '../support/application.js';
import { listenToStatements, type SentStatement } from '../persistence/databases.js';
import { redisCommands } from '../support/redis-cache.js';
import { createDatabase } from '../support/servers/postgres.js';
import { SampleProcess } from '../sample-app/sample-process.js';
import { DANGEROUS, HOSTILE, REFUSED } from './hostile-names.js';

const HOUR = 3_600_000;

describe('hostile names', () => {
  let application: Application;
  let statements: readonly SentStatement[];

  beforeAll(async () => {
    application = await startApplication({ updateInterval: HOUR });
    const { sent, stop } = listenToStatements();
    statements = sent;
    return async () => {
      stop();
      await application.close();
    };
  });

  test('are counted by every verb, each for itself', async () => {
    const { counters, row } = application;
    const values = HOSTILE.map((_, i) => i + 1);
    await counters.incrMany(HOSTILE.map((name, i) => ({ name, delta: values[i] })));
    for (let time = 0; time < 2; time++) {
      const once = (name: string) => ({ idempotencyKey: Array.from(name).slice(0, 100).join('') });
      await Promise.all(HOSTILE.map((name) => counters.incr(name, 1, once(name))));
    }
    await Promise.all(HOSTILE.map((name) => counters.incrAndGet(name)));
    expect(await counters.getCounts(HOSTILE)).toEqual(values.map((value) => value + 2));
    await counters.flush(HOSTILE);
    expect(await Promise.all(HOSTILE.map(row))).toEqual(values.map((value) => BigInt(value + 2)));
    for (const name of HOSTILE) {
      const [listed] = await counters.list({ prefix: name, limit: 2 });
      expect(listed?.name).toBe(name);
    }
    await Promise.all(HOSTILE.map((name) => counters.set(name, 7)));
    expect(await Promise.all(HOSTILE.map((name) => counters.reset(name)))).toEqual(
      HOSTILE.map(() => 7),
    );
    await counters.delete(HOSTILE);
    await counters.flush();
    expect(await Promise.all(HOSTILE.map(row))).toEqual(HOSTILE.map(() => undefined));
    expect(await counters.list({ limit: 10 })).toEqual([]);
  });

  test('are in no statement: SQL has them as parameters', () => {
    const texts = new Set(statements.map(({ text }) => text));
    expect(texts.size).toBeGreaterThan(5);
    for (const text of texts) {
      for (const name of HOSTILE) expect(text).not.toContain(name);
    }
  });

  test('are in no Redis key', async () => {
    const { counters, namespace } = application;
    await counters.incrMany(HOSTILE.map((name) => ({ name })));
    await counters.getCounts(HOSTILE);
    const command = await redisCommands(inject('redisAdminUrl'));
    const keys = (await command('KEYS', `fastcounter:{${namespace}:*`)) as string[];
    const own =
      /^fastcounter:\{[\w.-]+:\d\}::(?:state|pending|due(?::\d+){0,2}|batch|clients|deleted|idempotency|idempotency-due(?::\d+)?|large|overflowed|refused|parked|workers|bases|older-bases|bull:PersistCounter\d:[\w-]+)$/;
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key) => !own.test(key))).toEqual([]);
  });

  test('are told apart as values of dimensions, or refused when they get too long', async () => {
    const { app, counters } = application;
    const metering = app.get(MeteringService);
    const kept: string[] = [];
    for (const tenant of [...HOSTILE, ...REFUSED]) {
      const recorded = metering.record('metered', 1, { dimensions: { tenant }, windows: ['hour'] });
      await recorded.then(
        () => kept.push(tenant),
        (error: unknown) => {
          expect((error as Error).name).toMatch(/^Invalid(CounterName|Argument)Error$/);
          expect((error as Error).message).not.toMatch(DANGEROUS);
        },
      );
    }
    expect(kept.length).toBeGreaterThan(HOSTILE.length - 5);
    await counters.flush();
    const groups = await metering.list('metered', { groupBy: 'tenant', limit: 100 });
    const tenants = groups.map(({ dimensions, value }) => [dimensions.tenant, value]);
    expect(new Map(tenants as [string, number][])).toEqual(new Map(kept.map((one) => [one, 1])));
    expect(await metering.total('metered')).toBe(kept.length);
    await counters.delete(['metered', ...kept.map((tenant) => meteredName('metered', { tenant }))]);
    await counters.flush();
  });

  test('that look like a dimension and are none do no harm to a list of those', async () => {
    const { app, counters } = application;
    const metering = app.get(MeteringService);
    const names = ['odd{tenant}%', 'odd{tenant}%ZZ', 'odd{tenant}a,b,c', 'odd{tenant}{x}', 'odd{}'];
    await counters.incrMany(names.map((name) => ({ name })));
    await counters.flush();
    expect(await metering.list('odd', { groupBy: 'tenant' })).toHaveLength(4);
    await counters.delete(names);
    await counters.flush();
  });

  test.each(REFUSED.map((name) => [inspect(name).slice(0, 40), name]))(
    'that cannot be are refused in one line: %s',
    async (_shown, name) => {
      const { counters } = application;
      const calls = [
        counters.incr(name),
        counters.incrMany([{ name }]),
        counters.incrAndGet(name),
        counters.getCount(name),
        counters.getCounts([name]),
        counters.set(name, 1),
        counters.reset(name),
        counters.delete(name),
        counters.flush([name]),
      ];
      for (const call of calls) {
        const error = (await call.catch((caught: unknown) => caught)) as Error;
        expect(error).toMatchObject({ code: 'INVALID_COUNTER_NAME' });
        expect(error.message).not.toMatch(DANGEROUS);
        expect(error.message.length).toBeLessThan(400);
      }
    },
  );

  test('and keys that conflict are quoted in the error', async () => {
    const { counters } = application;
    const idempotencyKey = 'order\n[FastCounter] forged\u001b[2J\u202e';
    await counters.incr('conflicting', 1, { idempotencyKey });
    const error = (await counters
      .incr('conflicting', 2, { idempotencyKey })
      .catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', idempotencyKey });
    expect(error.message).not.toMatch(DANGEROUS);
  });
});

describe('a line of the log', () => {
  const lines: unknown[] = [];
  const write = (...line: unknown[]): number => lines.push(...line);
  const log = new LogLines('names', { log: write, warn: write, error: write });

  test.each([...HOSTILE, ...REFUSED])('is one line, whatever was in it: %j', (text) => {
    lines.length = 0;
    const events = new CounterEvents();
    logEvents(events, log);
    const error = new Error(text);
    const payloads: Partial<CounterEventMap> = {
      outage: [{ of: 'write', error }],
      overflow: [{ partition: 0, counters: [text, text] }],
      newCounterLimit: [{ prefix: text, limit: 1, interval: 1, overflow: text }],
      misconfigured: [{ message: text }],
      rejected: [{ error: new CounterOverflowError(text) }],
    };
    for (const [name, payload] of Object.entries(payloads)) {
      (events.emit as (event: string, ...values: unknown[]) => boolean)(name, ...payload);
    }
    events.emit('outage', { of: 'persist', error: text });
    events.emit('outage', { of: 'queue', error: { toString: () => text } });
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).not.toMatch(DANGEROUS);
  });
});

describe('the sample application', () => {
  test('answers hostile names as JSON, and sets no header by them', async () => {
    const sample = await SampleProcess.start({
      REDIS_URL: inject('redisUrl'),
      DATABASE_URL: await createDatabase(inject('databaseUrl')),
      NAMESPACE: `hostile-${process.pid}`,
    });
    onTestFinished(() => void sample.stop());
    for (const name of [...HOSTILE, ...REFUSED.slice(0, 6)]) {
      const url = `${sample.url}/counters/${encodeURIComponent(name)}`;
      const incremented = await fetch(`${url}/incr`, { method: 'POST' });
      expect(incremented.status).toBe(HOSTILE.includes(name) ? 204 : 400);
      const read = await fetch(url);
      expect(read.headers.get('content-type')).toMatch(/^application\/json/);
      expect(read.headers.get('set-cookie')).toBeNull();
      const body = (await read.json()) as { name: string; value: number; code: string };
      if (HOSTILE.includes(name)) expect(body).toMatchObject({ name, value: 1 });
      else expect(body.code).toBe('INVALID_COUNTER_NAME');
    }
    expect(sample.output).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\p{Bidi_Control}]/u);
  });
});
