import { describe, expect, onTestFinished, test } from 'vitest';
import { MODES, startApplication } from '../support/application.js';
import { newDatabase } from '../support/surroundings.js';

const NAMES = Array.from({ length: 1500 }, (_, index) => `slow:${index}`);
const PARTITIONS = 5;

describe.each(MODES)('a database that lets no statement run for long, %s', (mode) => {
  test('gets a large batch in smaller statements, which is told', async () => {
    const databaseUrl = await newDatabase();
    const database = new URL(databaseUrl).pathname.slice(1);
    const setUp = await startApplication({ mode: 'embedded', databaseUrl });
    await setUp.asOwner(`
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON fast_counter FOR EACH ROW EXECUTE FUNCTION slow();
      ALTER DATABASE "${database}" SET statement_timeout = '200ms'`);
    await setUp.close();

    // sessions that begin from now on
    const app = await startApplication({ mode, databaseUrl, updateInterval: 3_600_000 });
    onTestFinished(() => app.close());
    const told: { partition: number; counters: number; error: string }[] = [];
    app.events.on('slowBatch', (event) => told.push(event));
    await app.counters.incrMany(NAMES.map((name) => ({ name, delta: 3 })));
    await app.counters.flush();

    const rows = await app.dataSource.query<{ value: string }[]>(
      'SELECT value::text AS value FROM fast_counter',
    );
    expect(rows.map(({ value }) => value)).toEqual(NAMES.map(() => '3'));
    expect(new Set(told.map(({ partition }) => partition)).size).toBe(PARTITIONS);
    expect(told.reduce((sum, { counters }) => sum + counters, 0)).toBe(NAMES.length);
    expect(told[0]?.error).toContain('statement timeout');
  });
});
