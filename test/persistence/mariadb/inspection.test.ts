import { expect, onTestFinished, test } from 'vitest';
import { SqlCounterStore } from '../../../lib/database/sql/sql-counter-store.js';
import { InvalidOptionsError } from '../../../lib/index.js';
import { startMariadb } from '../../support/servers/mariadb.js';
import { connect, NAMESPACES, single } from './databases.js';

const unusable = (message: RegExp) => ({
  kind: 'unusable',
  message: expect.stringMatching(message) as string,
});

test.each([
  [
    'another collation',
    'ALTER TABLE fast_counter MODIFY name varchar(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    /"fast_counter\.name" has the collation "utf8mb4_general_ci".*utf8mb4_nopad_bin/,
  ],
  [
    'a collation that pads with spaces',
    'ALTER TABLE fast_counter_bucket MODIFY name varchar(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    /"fast_counter_bucket\.name" has the collation/,
  ],
  [
    'an engine without transactions',
    'ALTER TABLE fast_counter_ledger ENGINE = Aria',
    /"fast_counter_ledger" is of the engine "Aria".*InnoDB/,
  ],
  [
    'a unique index',
    'ALTER TABLE fast_counter ADD UNIQUE twice (namespace, name, value)',
    /unique index "twice" beside its primary key/,
  ],
])('tables with %s are refused', async (_, statement, words) => {
  const { store, dataSource } = await single();
  expect(await store.inspect([])).toEqual([]);
  await dataSource.query(statement);
  expect(await store.inspect([])).toEqual([unusable(words)]);
});

test.each([
  ['without autocommit', 'autocommit = 0', /autocommit = 0.*not committed/],
  ['with statements of another kind', `sql_mode = 'ORACLE'`, /sql_mode ORACLE/],
  ['at READ UNCOMMITTED', "tx_isolation = 'READ-UNCOMMITTED'", /READ UNCOMMITTED/],
])('connections that begin %s are refused', async (_, setting, words) => {
  const { url } = await single();
  const dataSource = await connect(url, { poolSize: 1 });
  await dataSource.query(`SET SESSION ${setting}`);
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  expect(await store.inspect([])).toEqual([unusable(words)]);
});

test('a server that logs statements, or takes no writes, is refused', async () => {
  const server = await startMariadb(['--log-bin', '--binlog-format=STATEMENT', '--read-only=1']);
  onTestFinished(() => server.stop());
  const { store } = await single({ url: await server.createDatabase() });
  expect(await store.inspect([])).toEqual([
    unusable(/read-only \(read_only is ON\).*primary/),
    unusable(/binlog_format is STATEMENT.*ROW or MIXED/),
  ]);
});

test.each([
  ['10.5.8-MariaDB', /MariaDB "10.5.8-MariaDB": counts need MySQL 8.4 or later, or MariaDB 10.6/],
  ['8.0.36', /MySQL "8.0.36": counts need/],
  ['11.4.2', /calls itself "11.4.2", and TypeORM takes it for MariaDB/],
])('a server that calls itself %s is refused', async (version, words) => {
  const server = await startMariadb([`--version=${version}`]);
  onTestFinished(() => server.stop());
  const dataSource = await connect(await server.createDatabase());
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  expect(await store.inspect([])).toEqual([unusable(words)]);
});

test('a driver that is not mysql2 is refused', async () => {
  const { dataSource } = await single();
  const { pool } = dataSource.driver as unknown as { pool: { getConnection: unknown } };
  const { getConnection } = pool as {
    getConnection: (answer: (...given: unknown[]) => void) => void;
  };
  pool.getConnection = (answer: (...given: unknown[]) => void) =>
    getConnection.call(pool, (error, client) => {
      Object.defineProperty(client, 'execute', { value: undefined, configurable: true });
      answer(error, client);
    });
  const store = new SqlCounterStore(dataSource, NAMESPACES);
  await expect(store.inspect([])).rejects.toThrow(InvalidOptionsError);
  await expect(store.inspect([])).rejects.toThrow('another driver than mysql2');
});

test('a driver that shifts the times of entities is told, unless this process lives in UTC', async () => {
  const { url } = await single();
  const zone = process.env['TZ'];
  onTestFinished(() => {
    process.env['TZ'] = zone;
  });
  const problems = async (timezone?: string) => {
    const store = new SqlCounterStore(await connect(url, { timezone }), NAMESPACES);
    return (await store.inspect([])).map(({ kind, message }) => `${kind}: ${message}`);
  };
  process.env['TZ'] = 'Asia/Tokyo';
  expect(await problems()).toEqual([expect.stringMatching(/^warning: .*timezone: "local".*'Z'/)]);
  expect(await problems('+09:00')).toHaveLength(1);
  expect(await problems('Z')).toEqual([]);
  process.env['TZ'] = 'UTC';
  expect(await problems()).toEqual([]);
});
