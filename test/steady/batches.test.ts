import { afterEach, describe, expect, test } from 'vitest';
import {
  type Application,
  type ApplicationOptions,
  MODES,
  startApplication,
} from '../support/application.js';
import { repeatedly } from '../support/repeatedly.js';

const PARTITIONS = 5;
const applications: Application[] = [];

afterEach(async () => {
  for (const application of applications.splice(0).reverse()) await application.close();
});

async function start(options: ApplicationOptions = {}): Promise<Application> {
  const application = await startApplication(options);
  applications.push(application);
  return application;
}

/** How often an event came in any of the processes. */
function counted(event: 'persisted' | 'duplicateSkipped'): () => number {
  let times = 0;
  for (const { events } of applications) events.on(event, () => times++);
  return () => times;
}

describe.each(MODES)('at light load, %s', (mode) => {
  test('counters of one interval are persisted together', async () => {
    const updateInterval = 4000;
    const { counters } = await start({ mode, updateInterval });
    const batches = counted('persisted');
    const names = Array.from({ length: 50 }, (_, index) => `light-${index}`);
    const begun = performance.now();
    let next = 0;
    // one after the other, so that they come at all times of the interval
    const load = repeatedly(async () => {
      await counters.incr(names[next++ % names.length] ?? '');
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    await expect.poll(batches, { timeout: 60_000 }).toBeGreaterThanOrEqual(3 * PARTITIONS);
    const intervals = (performance.now() - begun) / updateInterval;
    await load.stop();
    expect(batches()).toBeLessThanOrEqual(PARTITIONS * (intervals + 1));
  });
});

describe('a slow database', () => {
  test('has each batch once, from however many workers', async () => {
    const first = await start({ updateInterval: 200, sweepInterval: 200 });
    const { namespace, databaseUrl } = first;
    for (let more = 0; more < 3; more++) {
      await start({ namespace, databaseUrl, updateInterval: 200, sweepInterval: 200 });
    }
    await first.asOwner(`
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$;
      CREATE TRIGGER slow AFTER INSERT OR UPDATE ON fast_counter
        FOR EACH STATEMENT EXECUTE FUNCTION slow();
    `);
    const persisted = counted('persisted');
    const duplicates = counted('duplicateSkipped');
    const loads = applications.map(({ counters }) =>
      repeatedly(async () => {
        await counters.incr('slow');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }),
    );
    await expect.poll(persisted).toBeGreaterThanOrEqual(4);
    await Promise.all(loads.map((load) => load.stop()));
    expect(duplicates()).toBe(0);
  });
});
