import { describe, expect, test } from 'vitest';
import { type Application, MODES } from '../support/application.js';
import { repeatedly } from '../support/repeatedly.js';
import { useTwins } from '../support/use-application.js';

const INTERVAL = 400;
const WRITES = 6;

/** Writes down every version of every counter row, with the database's time. */
const AUDIT = `
  CREATE TABLE audit (name text, at timestamptz);
  GRANT SELECT ON audit TO PUBLIC;
  CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO audit VALUES (NEW.name, clock_timestamp());
      RETURN NULL;
    END $$;
  CREATE TRIGGER audit AFTER INSERT OR UPDATE ON fast_counter
    FOR EACH ROW EXECUTE FUNCTION audit();
`;

async function writes({ dataSource }: Application, name: string): Promise<number> {
  const [found] = await dataSource.query<{ writes: string }[]>(
    'SELECT count(*) AS writes FROM audit WHERE name = $1',
    [name],
  );
  return Number(found?.writes);
}

describe.each(MODES)('the update interval, %s', (mode) => {
  // the sweeper would find what a lost job forgot: here the jobs are on their own
  const started = useTwins(mode, { updateInterval: INTERVAL, sweepInterval: 60_000 });

  test('a counter under constant load is written at most once in it', async () => {
    const applications = started();
    const [first] = applications;
    await first.asOwner(AUDIT);
    const names = Array.from({ length: 20 }, (_, index) => `loaded-${index}`);
    const begun = performance.now();
    const loads = applications.map(({ counters }) =>
      repeatedly(() => Promise.all(names.map((name) => counters.incr(name)))),
    );
    await expect.poll(() => writes(first, 'loaded-0')).toBeGreaterThanOrEqual(WRITES);
    const counts = await Promise.all(names.map((name) => writes(first, name)));
    const intervals = Math.floor((performance.now() - begun) / INTERVAL);
    const rounds = await Promise.all(loads.map((load) => load.stop()));

    expect(Math.max(...counts)).toBeLessThanOrEqual(intervals + 1);
    const total = rounds.reduce((sum, round) => sum + round, 0);
    expect(total).toBeGreaterThan(10 * WRITES);
    expect(await first.counters.getCounts(names)).toEqual(names.map(() => total));
    await first.counters.flush();
    expect(await first.row('loaded-7')).toBe(BigInt(total));
  });

  test('a counter that goes quiet reaches the table without another increment', async () => {
    const [first, second] = started();
    for (const { counters } of [first, second]) await counters.incr('quiet');
    await expect.poll(() => first.row('quiet')).toBe(2n);
  });

  test('a counter that goes quiet in the middle of a load reaches the table, too', async () => {
    const [first, second] = started();
    const load = repeatedly(() => second.counters.incr('busy'));
    for (let round = 1; round <= 3; round++) {
      await first.counters.incr('quiet-beside');
      await expect.poll(() => first.row('quiet-beside')).toBe(BigInt(round));
    }
    await load.stop();
  });

  test('thousands of counters that go quiet reach the table', async () => {
    const [first] = started();
    const names = Array.from({ length: 4000 }, (_, index) => `quiet-${index}`);
    await first.counters.incrMany(names.map((name) => ({ name })));
    await expect
      .poll(async () => {
        const [found] = await first.dataSource.query<{ sum: string }[]>(
          `SELECT coalesce(sum(value), 0) AS sum FROM fast_counter WHERE name ~ '^quiet-[0-9]+$'`,
        );
        return found?.sum;
      })
      .toBe('4000');
  });
});
