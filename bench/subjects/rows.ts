import mysql from 'mysql2/promise';
import pg from 'pg';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { counterName } from '../measure/names.js';
import { type DatabaseType, type OpenSubject, type Subject, urlOf } from '../subject.js';
import { countingSubject } from './counting-subject.js';

const CONNECTIONS = 20;
/** As App Engine's documentation had it. */
const SHARDS = 20;

interface CounterRow {
  name: string;
  value: string;
}

const CounterRows = new EntitySchema<CounterRow>({
  name: 'Counter',
  columns: {
    name: { type: 'varchar', length: 191, primary: true },
    value: { type: 'bigint' },
  },
});

/** One row a counter, through TypeORM: `increment()`, or a locked read and `save()`. */
export const plainRow: OpenSubject = async (world, { database, by, counters }) => {
  const type = database as DatabaseType;
  const url = urlOf(world, type);
  const pool: Partial<DataSourceOptions> =
    type === 'postgres' ? { poolSize: CONNECTIONS } : { extra: { connectionLimit: CONNECTIONS } };
  const options = { type, url, entities: [CounterRows], synchronize: true, ...pool };
  const dataSource = await new DataSource(options as DataSourceOptions).initialize();
  const repository = dataSource.getRepository(CounterRows);
  const rows = Array.from({ length: Number(counters) }, (_, index) => ({
    name: counterName(index),
    value: '0',
  }));
  await repository.save(rows, { chunk: 1000 });
  const lock = { mode: 'pessimistic_write' } as const;
  const save = (name: string): Promise<unknown> =>
    dataSource.transaction(async (manager) => {
      const row = await manager.findOneOrFail(CounterRows, { where: { name }, lock });
      row.value = String(BigInt(row.value) + 1n);
      await manager.save(CounterRows, row);
    });
  return countingSubject({
    incr: by === 'save' ? save : (name) => repository.increment({ name }, 'value', 1),
    close: () => dataSource.destroy(),
  });
};

/** Twenty rows a counter, one of them at random, in raw SQL; a read adds them up. */
export const shardedRows: OpenSubject = (world, { database }) =>
  database === 'mariadb' ? inMariadb(urlOf(world, 'mariadb')) : inPostgres(world.postgres.url);

async function inPostgres(connectionString: string): Promise<Subject> {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  await pool.query(
    'CREATE TABLE shards (name varchar(191), shard int, value bigint NOT NULL, PRIMARY KEY (name, shard))',
  );
  const text =
    'INSERT INTO shards (name, shard, value) VALUES ($1, $2, 1) ' +
    'ON CONFLICT (name, shard) DO UPDATE SET value = shards.value + 1';
  return countingSubject({
    incr: (name) => pool.query({ name: 'incr', text, values: [name, randomShard()] }),
    close: () => pool.end(),
  });
}

async function inMariadb(uri: string): Promise<Subject> {
  const pool = mysql.createPool({ uri, connectionLimit: CONNECTIONS });
  await pool.query(
    'CREATE TABLE shards (name varchar(191), shard int, value bigint NOT NULL, PRIMARY KEY (name, shard))',
  );
  const text =
    'INSERT INTO shards (name, shard, value) VALUES (?, ?, 1) ON DUPLICATE KEY UPDATE value = value + 1';
  return countingSubject({
    incr: (name) => pool.execute(text, [name, randomShard()]),
    close: () => pool.end(),
  });
}

const randomShard = (): number => Math.floor(Math.random() * SHARDS);
