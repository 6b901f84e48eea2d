import { Table, TableIndex, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { CounterBucket } from '../counter-bucket.entity.js';
import { Counter } from '../counter.entity.js';
import { byteString, instant } from '../dialects/column-types.js';
import { CounterLedger } from '../ledger.entity.js';
import type { SchemaVersion } from './schema-version.js';

const text = (name: string, length: number): TableColumnOptions => ({
  ...byteString(length),
  name,
  length: String(length),
});
const time = (name: string): TableColumnOptions => ({ ...instant, name });

/** Counters, buckets and ledger. */
export const version1: SchemaVersion = {
  async up(runner) {
    await runner.createTable(
      new Table({
        name: tablePath(runner, Counter, 'fast_counter'),
        columns: [
          { ...text('namespace', 64), isPrimary: true },
          { ...text('name', 191), isPrimary: true },
          { name: 'value', type: 'bigint' },
          time('created_at'),
          time('updated_at'),
        ],
      }),
      true,
    );
    await runner.createTable(
      new Table({
        name: tablePath(runner, CounterLedger, 'fast_counter_ledger'),
        columns: [
          { ...text('namespace', 128), isPrimary: true },
          { name: 'partition', type: 'int', isPrimary: true },
          { name: 'seq', type: 'bigint' },
          text('nonce', 64),
          { name: 'left_out', type: 'text' },
          time('updated_at'),
        ],
      }),
      true,
    );
    await runner.createTable(
      new Table({
        name: tablePath(runner, CounterBucket, 'fast_counter_bucket'),
        columns: [
          { ...text('namespace', 64), isPrimary: true },
          { ...text('name', 191), isPrimary: true },
          { ...text('time_window', 6), isPrimary: true },
          { ...time('starts_at'), isPrimary: true },
          { name: 'value', type: 'bigint' },
          time('updated_at'),
        ],
        indices: [new TableIndex({ columnNames: ['namespace', 'time_window', 'starts_at'] })],
      }),
      true,
    );
  },

  async down(runner) {
    await runner.dropTable(tablePath(runner, CounterBucket, 'fast_counter_bucket'), true);
    await runner.dropTable(tablePath(runner, Counter, 'fast_counter'), true);
    await runner.dropTable(tablePath(runner, CounterLedger, 'fast_counter_ledger'), true);
  },
};

/** The table as the data source names it, also one that does not know the entity: a CLI's, say. */
function tablePath(runner: QueryRunner, entity: new () => object, name: string): string {
  const { dataSource } = runner;
  if (dataSource.hasMetadata(entity)) return dataSource.getMetadata(entity).tablePath;
  const { entityPrefix, schema } = dataSource.options as { entityPrefix?: string; schema?: string };
  const { namingStrategy, driver } = dataSource;
  const table = entityPrefix ? namingStrategy.prefixTableName(entityPrefix, name) : name;
  return driver.buildTableName(table, schema);
}
