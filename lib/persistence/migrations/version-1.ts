import { Table, TableIndex, type TableColumnOptions } from 'typeorm';
import { CounterBucket } from '../counter-bucket.entity.js';
import { Counter } from '../counter.entity.js';
import { byteString, instant } from '../dialects/column-types.js';
import { tablePath } from '../dialects/table-names.js';
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
        name: tablePath(runner.dataSource, Counter),
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
        name: tablePath(runner.dataSource, CounterLedger),
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
        name: tablePath(runner.dataSource, CounterBucket),
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
    await runner.dropTable(tablePath(runner.dataSource, CounterBucket), true);
    await runner.dropTable(tablePath(runner.dataSource, Counter), true);
    await runner.dropTable(tablePath(runner.dataSource, CounterLedger), true);
  },
};
