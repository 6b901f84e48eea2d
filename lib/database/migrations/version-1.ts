import { type DataSource, Table, TableIndex } from 'typeorm';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { Counter } from '../entities/counter.entity.js';
import { dataSourceOf } from '../dialects/data-source-of.js';
import { columnNames, tablePath } from '../dialects/table-names.js';
import { CounterLedger } from '../entities/ledger.entity.js';
import { columnsOf, key, ofEngine } from './new-columns.js';
import type { SchemaVersion } from './schema-version.js';

/** Counters, buckets and ledger. */
export const version1: SchemaVersion = {
  async up({ runner, create }) {
    const dataSource = dataSourceOf(runner);
    await create(Counter, () => counters(dataSource));
    await create(CounterLedger, () => ledgers(dataSource));
    await create(CounterBucket, () => buckets(dataSource));
  },

  async down({ drop }) {
    await drop(CounterBucket);
    await drop(Counter);
    await drop(CounterLedger);
  },
};

function counters(dataSource: DataSource): Table {
  const { text, time } = columnsOf(dataSource);
  const names = columnNames(dataSource, Counter);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, Counter),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.name, 191)),
      { name: names.value, type: 'bigint' },
      time(names.createdAt),
      time(names.updatedAt),
    ],
  });
}

function ledgers(dataSource: DataSource): Table {
  const { text, time, long, int } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterLedger);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterLedger),
    columns: [
      key(text(names.namespace, 128)),
      key(int(names.partition)),
      { name: names.seq, type: 'bigint' },
      text(names.nonce, 64),
      long(names.leftOut),
      time(names.updatedAt),
    ],
  });
}

function buckets(dataSource: DataSource): Table {
  const { text, time } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterBucket);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterBucket),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.name, 191)),
      key(text(names.window, 6)),
      key(time(names.startsAt)),
      { name: names.value, type: 'bigint' },
      time(names.updatedAt),
    ],
    indices: [new TableIndex({ columnNames: [names.namespace, names.window, names.startsAt] })],
  });
}
