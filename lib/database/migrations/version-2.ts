import { type DataSource, Table } from 'typeorm';
import { dataSourceOf } from '../dialects/data-source-of.js';
import { columnNames, tablePath } from '../dialects/table-names.js';
import { CounterChange } from '../entities/counter-change.entity.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import { CounterImport } from '../entities/counter-import.entity.js';
import { CounterClosed, CounterClosing, CounterLate } from '../entities/closing.entities.js';
import { CounterOutbox } from '../entities/counter-outbox.entity.js';
import { columnsOf, key, ofEngine } from './new-columns.js';
import type { SchemaVersion } from './schema-version.js';

/**
 * Increments of transactions, corrections of windows, what batches changed, windows that are closed, and the view of usage. No column may be null: TypeORM finds a
 * difference in each such column where a data source of the type `mysql` is one of MariaDB. A process of a version before counts on, as no
 * other table changes.
 */
export const version2: SchemaVersion = {
  async up({ runner, create, createUsageView }) {
    const dataSource = dataSourceOf(runner);
    await create(CounterOutbox, () => outbox(dataSource));
    await create(CounterCorrection, () => corrections(dataSource));
    await create(CounterImport, () => imports(dataSource));
    await create(CounterChange, () => changes(dataSource));
    await create(CounterClosing, () => closings(dataSource));
    await create(CounterClosed, () => closed(dataSource));
    await create(CounterLate, () => late(dataSource));
    await createUsageView();
  },

  async down({ drop, dropUsageView }) {
    await dropUsageView();
    await drop(CounterLate);
    await drop(CounterClosed);
    await drop(CounterClosing);
    await drop(CounterChange);
    await drop(CounterImport);
    await drop(CounterCorrection);
    await drop(CounterOutbox);
  },
};

function outbox(dataSource: DataSource): Table {
  const { text, time, long, int } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterOutbox);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterOutbox),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.id, 36)),
      text(names.name, 191),
      { name: names.delta, type: 'bigint' },
      text(names.windows, 64),
      int(names.updateInterval),
      time(names.madeAt),
      time(names.takenAt),
      text(names.takenBy, 128),
      long(names.refused),
    ],
  });
}

function corrections(dataSource: DataSource): Table {
  const { text, time, long } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterCorrection);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterCorrection),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.name, 191)),
      key(time(names.startsAt)),
      key(text(names.window, 6)),
      key(text(names.id, 64)),
      { name: names.delta, type: 'bigint' },
      text(names.windows, 64),
      text(names.closed, 64),
      long(names.reason),
      text(names.madeBy, 255),
      time(names.madeAt),
    ],
  });
}

function imports(dataSource: DataSource): Table {
  const { text, time, long } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterImport);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterImport),
    columns: [
      key(text(names.namespace, 64)),
      key(time(names.endsAt)),
      key(text(names.id, 36)),
      time(names.beginsAt),
      long(names.digests),
      time(names.madeAt),
    ],
  });
}

function changes(dataSource: DataSource): Table {
  const { text, time, long, int } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterChange);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterChange),
    columns: [
      key(text(names.namespace, 128)),
      key(int(names.partition)),
      key({ name: names.seq, type: 'bigint' }),
      { name: names.since, type: 'bigint' },
      long(names.names),
      time(names.writtenAt),
    ],
  });
}

function closings(dataSource: DataSource): Table {
  const { text, time } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterClosing);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterClosing),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.name, 191)),
      key(text(names.window, 6)),
      key(time(names.startsAt)),
      text(names.id, 36),
      time(names.closedAt),
      text(names.closedBy, 255),
    ],
  });
}

function closed(dataSource: DataSource): Table {
  const { text, time } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterClosed);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterClosed),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.window, 6)),
      key(time(names.startsAt)),
      key(text(names.name, 191)),
      { name: names.value, type: 'bigint' },
      { name: names.rowValue, type: 'bigint' },
    ],
  });
}

function late(dataSource: DataSource): Table {
  const { text, time } = columnsOf(dataSource);
  const names = columnNames(dataSource, CounterLate);
  return new Table({
    ...ofEngine(dataSource),
    name: tablePath(dataSource, CounterLate),
    columns: [
      key(text(names.namespace, 64)),
      key(text(names.id, 36)),
      text(names.name, 191),
      text(names.window, 6),
      time(names.startsAt),
      { name: names.delta, type: 'bigint' },
      time(names.noticedAt),
      time(names.carriedTo),
    ],
  });
}
