import { Table, type QueryRunner, type TableColumnOptions } from 'typeorm';
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

/** Counters and ledger. */
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
  },

  async down(runner) {
    await runner.dropTable(tablePath(runner, Counter, 'fast_counter'), true);
    await runner.dropTable(tablePath(runner, CounterLedger, 'fast_counter_ledger'), true);
  },
};

/** The data source's own name for the table, if it knows the entity: a schema or a prefix may apply. */
function tablePath(runner: QueryRunner, entity: new () => object, fallback: string): string {
  const { dataSource } = runner;
  return dataSource.hasMetadata(entity) ? dataSource.getMetadata(entity).tablePath : fallback;
}
