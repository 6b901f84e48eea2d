import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { MemoryCounterStore } from '../../lib/database/memory/memory-counter-store.js';
import { MemoryTables } from '../../lib/database/memory/memory-tables.js';
import { SqlCounterStore } from '../../lib/database/sql/sql-counter-store.js';
import { fastCounterEntities, upFastCounter } from '../../lib/index.js';
import { createMariadbDatabase } from '../support/servers/mariadb.js';
import { createDatabase } from '../support/servers/postgres.js';
import { SqliteCounterStore } from '../../lib/database/sqlite/sqlite-counter-store.js';
import { openSqlite, SQLITE_KINDS } from '../support/sqlite.js';
import { counterStoreConformance } from './counter-store.conformance.js';

counterStoreConformance({
  name: 'in memory',
  start: () => {
    const tables = new MemoryTables();
    return Promise.resolve({
      open: (namespaces) => new MemoryCounterStore(tables, namespaces),
      put: (namespace, name, value) => {
        const at = tables.now();
        tables.rowsOf(namespace).set(name, { value, createdAt: at, updatedAt: at });
        return Promise.resolve();
      },
      age: (ledger, milliseconds) => {
        const at = tables.now() - milliseconds;
        for (const row of tables.ledgersOf(ledger).values()) row.at = at;
        const note = tables.notes.get(ledger);
        if (note !== undefined) note.at = at;
        return Promise.resolve();
      },
      stop: () => Promise.resolve(),
    });
  },
});

counterStoreConformance({
  name: 'on PostgreSQL',
  start: async () => {
    const url = await createDatabase(inject('databaseUrl'));
    const options = { type: 'postgres', url, entities: fastCounterEntities } as const;
    const dataSource = await new DataSource(options).initialize();
    const runner = dataSource.createQueryRunner();
    await upFastCounter(runner).finally(() => runner.release());
    return {
      open: (namespaces) => new SqlCounterStore(dataSource, namespaces),
      put: async (namespace, name, value) => {
        await dataSource.query('INSERT INTO fast_counter VALUES ($1, $2, $3, now(), now())', [
          namespace,
          name,
          String(value),
        ]);
      },
      age: async (ledger, milliseconds) => {
        await dataSource.query(
          `UPDATE fast_counter_ledger SET updated_at = now() - $2::float8 * interval '1 ms' WHERE namespace = $1`,
          [ledger, milliseconds],
        );
      },
      stop: () => dataSource.destroy(),
    };
  },
});

counterStoreConformance({
  name: 'on MariaDB',
  start: async () => {
    // its default is none that tells every name from every other
    const clause = 'CHARACTER SET latin1 COLLATE latin1_swedish_ci';
    const url = await createMariadbDatabase(inject('mariadbUrl'), undefined, clause);
    const options = { type: 'mariadb', url, entities: fastCounterEntities, timezone: 'Z' } as const;
    const dataSource = await new DataSource(options).initialize();
    const runner = dataSource.createQueryRunner();
    await upFastCounter(runner).finally(() => runner.release());
    return {
      open: (namespaces) => new SqlCounterStore(dataSource, namespaces),
      put: async (namespace, name, value) => {
        await dataSource.query(
          'INSERT INTO fast_counter VALUES (?, ?, ?, utc_timestamp(3), utc_timestamp(3))',
          [namespace, name, String(value)],
        );
      },
      age: async (ledger, milliseconds) => {
        await dataSource.query(
          `UPDATE fast_counter_ledger SET updated_at = utc_timestamp(3) - INTERVAL ? MICROSECOND WHERE namespace = ?`,
          [milliseconds * 1000, ledger],
        );
      },
      stop: () => dataSource.destroy(),
    };
  },
});

for (const kind of SQLITE_KINDS) {
  counterStoreConformance({
    name: `on SQLite by ${kind}`,
    start: async () => {
      const dataSource = await openSqlite(kind);
      const time = `strftime('%Y-%m-%d %H:%M:%f', 'now', ?)`;
      return {
        open: (namespaces) => new SqliteCounterStore(dataSource, namespaces),
        put: async (namespace, name, value) => {
          await dataSource.query(
            `INSERT INTO fast_counter VALUES (?, ?, CAST(? AS INTEGER), ${time}, ${time})`,
            [namespace, name, String(value), '0 days', '0 days'],
          );
        },
        age: async (ledger, milliseconds) => {
          await dataSource.query(
            `UPDATE fast_counter_ledger SET updated_at = ${time} WHERE namespace = ?`,
            [`${-milliseconds / 1000} seconds`, ledger],
          );
        },
        stop: () => dataSource.destroy(),
      };
    },
  });
}
