import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { expectTally, from, get, incrementUntilRefused, post } from './requests.js';
import { SampleProcess } from './sample-process.js';

const namespace = `sample-${randomUUID()}`;
let databaseUrl: string;
let database: pg.Client;

beforeAll(async () => {
  databaseUrl = await createDatabase(inject('databaseUrl'));
  database = new pg.Client(databaseUrl);
  await database.connect();
});
afterAll(() => database.end());

function variables(): Record<string, string> {
  return { REDIS_URL: inject('redisUrl'), DATABASE_URL: databaseUrl, NAMESPACE: namespace };
}

async function persistedValue(name: string): Promise<string | undefined> {
  const { rows } = await database.query<{ value: string }>(
    'SELECT value FROM fast_counter WHERE namespace = $1 AND name = $2',
    [namespace, name],
  );
  return rows[0]?.value;
}

describe('two processes of the sample application', () => {
  let first: SampleProcess;
  let second: SampleProcess;

  beforeAll(async () => {
    // Together, on an empty database: both want to create the tables.
    [first, second] = await Promise.all([
      SampleProcess.start(variables()),
      SampleProcess.start(variables()),
    ]);
  });
  afterAll(() => Promise.all([first.stop(), second.stop()]));

  it('create the tables of an empty database one after the other', () => {
    expect(first.output + second.output).not.toContain('ERROR');
  });

  const inTurns = (index: number): string => (index % 2 === 0 ? first : second).url;

  it('answer equal totals, which are in the database after a flush', async () => {
    const deltas = Array.from({ length: 400 }, (_, index) => 1 + (index % 3));
    const answers = await Promise.all(
      deltas.map((delta, index) => post(`${inTurns(index)}/counters/shared/incr`, { delta })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));

    const total = deltas.reduce((sum, delta) => sum + delta);
    for (const { url } of [first, second]) {
      expect(await get(`${url}/counters/shared`)).toMatchObject({ body: { value: total } });
    }
    expect(await post(`${first.url}/counters/flush`)).toMatchObject({ status: 204 });
    expect(await persistedValue('shared')).toBe(total.toString());
  });

  it('count the like of a visitor once, whichever of them is asked', async () => {
    const { body } = await post(`${first.url}/articles`, { title: 'Liked', body: 'By many' });
    const { id } = body as { id: number };
    const turns = Array.from({ length: 100 }, (_, index) => index);

    const answers = await Promise.all(
      turns.flatMap((index) =>
        [index, index + 1].map((turn) =>
          post(`${inTurns(turn)}/articles/${id}/like`, undefined, from(`192.0.2.${index}`)),
        ),
      ),
    );
    const likes = answers.map((answer) => (answer.body as { likes: number }).likes);
    expect(Math.max(...likes)).toBe(turns.length);
    expect(await get(`${second.url}/articles/${id}`)).toMatchObject({
      body: { likes: turns.length },
    });
  });
});

describe('a process that is stopped under load', () => {
  it('ends, and leaves all that it acknowledged to the others', async () => {
    const stopped = await SampleProcess.start(variables());
    const other = await SampleProcess.start(variables());
    onTestFinished(async () => {
      await other.stop();
    });
    const tally = { acknowledged: 0, unanswered: 0 };
    const load = incrementUntilRefused(`${stopped.url}/counters/load/incr`, tally);
    await expect.poll(() => tally.acknowledged).toBeGreaterThan(500);
    expect(await stopped.stop()).toBe(0);
    await load;

    await expectTally(`${other.url}/counters/load`, tally);
  });
});

describe('a process without workers', () => {
  it('has its counts persisted by the worker process', async () => {
    const producer = await SampleProcess.start({
      ...variables(),
      WORKERS: 'false',
      UPDATE_INTERVAL: '0',
    });
    const worker = SampleProcess.spawn('worker', variables());
    try {
      await worker.printed('Worker started');
      await post(`${producer.url}/counters/produced/incr`, { delta: 7 });
      await expect.poll(() => persistedValue('produced')).toBe('7');
    } finally {
      await Promise.all([producer.stop(), worker.stop()]);
    }
    expect(await worker.ended()).toBe(0);
  });
});
