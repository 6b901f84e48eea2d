import { DataSource, type QueryRunner } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bucketName, bucketSuffix, type CountWindow } from '../../lib/words/bucket-name.js';
import {
  CounterBucket,
  CounterOverflowError,
  InvalidArgumentError,
  joinMisplacedBuckets,
} from '../../lib/index.js';
import { INT64_MAX } from '../support/int64.js';
import { batch, connect, emptyDatabase, NAMESPACES, stores, withRunner } from './databases.js';

const AZORES = { namespace: NAMESPACES.counters, timeZone: 'Atlantic/Azores' };
/** Midnight comes at 00:00Z and, after an hour, again. */
const [FIRST, SECOND] = ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z'] as const;

const named = (counter: string, window: CountWindow, start: string): string =>
  bucketName(counter, bucketSuffix({ window, start: Date.parse(start) }));

async function keep(rows: Readonly<Record<string, number | bigint>>) {
  const { stores: made, dataSource, url } = await stores(1);
  const [store] = made;
  if (store === undefined) throw new Error('no store');
  await store.apply(0, batch(1, rows));
  const kept = async (): Promise<string[]> => {
    const found = await dataSource.manager.find(CounterBucket, {
      order: { name: 'ASC', window: 'ASC', startsAt: 'ASC' },
    });
    return found.map(
      ({ name, window, startsAt, value }) => `${name} ${window} ${startsAt.toISOString()} ${value}`,
    );
  };
  return { store, dataSource, url, kept };
}

describe('joinMisplacedBuckets()', () => {
  test('joins the two rows of a day that begins twice, once', async () => {
    const { dataSource, store, kept } = await keep({
      [named('both', 'day', FIRST)]: 7,
      [named('both', 'day', SECOND)]: 1,
      [named("only O'Brien {x},日本", 'day', SECOND)]: 5,
      [named('both', 'hour', SECOND)]: 1,
      [named('both', 'day', '2026-10-26T01:00:00.000Z')]: 3,
    });
    const found = [{ window: 'day', startsAt: new Date(SECOND), into: new Date(FIRST), rows: 2 }];
    const before = await kept();
    const looked = await joinMisplacedBuckets(dataSource, { ...AZORES, dryRun: true });
    expect(looked).toEqual({ joined: found, refused: [], unknown: [] });
    expect(await kept()).toEqual(before);

    expect((await joinMisplacedBuckets(dataSource, AZORES)).joined).toEqual(found);
    const joined = [
      `both day ${FIRST} 8`,
      'both day 2026-10-26T01:00:00.000Z 3',
      `both hour ${SECOND} 1`,
      `only O'Brien {x},日本 day ${FIRST} 5`,
    ];
    expect(await kept()).toEqual(joined);
    const name = named('both', 'day', FIRST);
    expect((await store.read([name], [])).values.get(name)).toBe('8');
    const nothing = { joined: [], refused: [], unknown: [] };
    expect(await joinMisplacedBuckets(dataSource, AZORES)).toEqual(nothing);
    expect(await kept()).toEqual(joined);
  });

  test('joins months that begin twice, and hours that were cut elsewhere', async () => {
    const { dataSource, kept } = await keep({
      [named('a', 'month', '2015-11-01T04:00:00Z')]: 20,
      [named('a', 'month', '2015-11-01T05:00:00Z')]: 1,
    });
    await joinMisplacedBuckets(dataSource, { ...AZORES, timeZone: 'America/Havana' });
    expect(await kept()).toEqual(['a month 2015-11-01T04:00:00.000Z 21']);

    const hours = await keep({
      [named('a', 'hour', '2026-04-04T14:00:00Z')]: 1,
      // version 0.1.0 had the hour that clocks begin anew at 15:00Z begin before that
      [named('a', 'hour', '2026-04-04T14:30:00Z')]: 10,
      [named('a', 'hour', '2026-04-04T15:30:00Z')]: 100,
    });
    const lordHowe = { ...AZORES, timeZone: 'Australia/Lord_Howe' };
    await joinMisplacedBuckets(hours.dataSource, lordHowe);
    expect(await hours.kept()).toEqual([
      'a hour 2026-04-04T14:00:00.000Z 1',
      'a hour 2026-04-04T15:00:00.000Z 10',
      'a hour 2026-04-04T15:30:00.000Z 100',
    ]);
  });

  test('leaves a row whose sum leaves the range, says of which counter, and joins the others', async () => {
    const { dataSource, kept } = await keep({
      [named('large', 'day', FIRST)]: INT64_MAX,
      [named('large', 'day', SECOND)]: 1,
      [named('small', 'day', FIRST)]: INT64_MAX,
      [named('small', 'day', SECOND)]: -1,
    });
    const { joined, refused } = await joinMisplacedBuckets(dataSource, AZORES);
    expect(joined).toMatchObject([{ rows: 1 }]);
    expect(refused).toEqual([
      {
        ...{ name: 'large', window: 'day', startsAt: new Date(SECOND), into: new Date(FIRST) },
        error: expect.any(CounterOverflowError) as unknown,
      },
    ]);
    expect(await kept()).toEqual([
      `large day ${FIRST} ${INT64_MAX}`,
      `large day ${SECOND} 1`,
      `small day ${FIRST} ${INT64_MAX - 1n}`,
    ]);
  });

  test('leaves rows of another time zone and of another namespace', async () => {
    const midnight = '2026-07-01T22:00:00.000Z';
    const { dataSource, kept } = await keep({
      [named('berlin', 'day', midnight)]: 1,
      [named('a', 'day', SECOND)]: 1,
    });
    const before = await kept();
    const elsewhere = await joinMisplacedBuckets(dataSource, { ...AZORES, namespace: 'other' });
    expect(elsewhere).toEqual({ joined: [], refused: [], unknown: [] });
    const inTokyo = await joinMisplacedBuckets(dataSource, { ...AZORES, timeZone: 'Asia/Tokyo' });
    expect(inTokyo.unknown).toHaveLength(2);
    expect(await kept()).toEqual(before);
    const { joined, unknown } = await joinMisplacedBuckets(dataSource, AZORES);
    expect(joined).toHaveLength(1);
    expect(unknown).toEqual([{ window: 'day', startsAt: new Date(midnight), rows: 1 }]);
    expect(await kept()).toHaveLength(2);
  });

  test('is part of the transaction of a migration, also where the data source knows no entity', async () => {
    const { url, kept } = await keep({ [named('a', 'day', SECOND)]: 1 });
    const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
    onTestFinished(() => dataSource.destroy());
    const before = await kept();
    await withRunner(dataSource, async (runner: QueryRunner) => {
      await runner.startTransaction();
      expect((await joinMisplacedBuckets(runner, AZORES)).joined).toHaveLength(1);
      await runner.rollbackTransaction();
      expect(await kept()).toEqual(before);
      await joinMisplacedBuckets(runner, AZORES);
    });
    expect(await kept()).toEqual([`a day ${FIRST} 1`]);
  });

  test('keeps batches waiting until it is done, and they are added to what it joined', async () => {
    const { dataSource, store, kept } = await keep({ [named('a', 'day', SECOND)]: 1 });
    const done: string[] = [];
    let applied: Promise<unknown> | undefined;
    await withRunner(dataSource, async (runner) => {
      await runner.startTransaction();
      await joinMisplacedBuckets(runner, AZORES);
      applied = store
        .apply(0, batch(2, { [named('a', 'day', FIRST)]: 10 }))
        .then(() => done.push('applied'));
      await expect
        .poll(async () => {
          const [{ waiting } = { waiting: '0' }] = await dataSource.query<{ waiting: string }[]>(
            `SELECT count(*) AS waiting FROM pg_stat_activity
              WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return waiting;
        })
        .toBe('1');
      done.push('joined');
      await runner.commitTransaction();
    });
    await applied;
    expect(done).toEqual(['joined', 'applied']);
    expect(await kept()).toEqual([`a day ${FIRST} 11`]);
  });

  test('finds nothing where there are no tables yet', async () => {
    const dataSource = await connect(await emptyDatabase());
    const nothing = { joined: [], refused: [], unknown: [] };
    expect(await joinMisplacedBuckets(dataSource, AZORES)).toEqual(nothing);
  });

  test.each([
    [undefined, 'must be an object'],
    [{ namespace: 'a' }, 'timeZone must be an IANA time zone such as Europe/Berlin, not undefined'],
    [{ timeZone: 'Nowhere' }, 'not "Nowhere"'],
    [{ timeZone: 'UTC', zone: 'UTC' }, 'has no option "zone"; it has namespace, timeZone, dryRun'],
    [{ timeZone: 'UTC', dryRun: 1 }, 'dryRun must be true or false, not 1'],
    [{ timeZone: 'UTC', namespace: 1 }, 'namespace must be a string, not 1'],
  ])('refuses options %j', async (options, message) => {
    const refused = joinMisplacedBuckets(new DataSource({ type: 'postgres' }), options as never);
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow(message);
  });
});
