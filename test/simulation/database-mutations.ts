import { changing } from './changed-cache.js';
import type { Mutation } from './mutations.js';
import { BOOKED } from './transacting-client.js';

/** Rules of what is written together with something else, left out. */
export const DATABASE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  /** A row of the outbox is counted without its id as key. */
  'outbox-without-its-key': {
    server: ({ cache }) =>
      changing(cache, (operation) =>
        operation.name === BOOKED ? { ...operation, row: undefined } : operation,
      ),
  },
  /** A row of the outbox is there before its transaction commits. */
  'outbox-outside-the-transaction': {
    database: ({ outbox }) => {
      const write = outbox.write.bind(outbox);
      outbox.write = (transaction, rows) => {
        write(transaction, rows);
        outbox.commit({ rows: [...rows] });
      };
    },
  },
  /** What a batch adds to a column is added in a transaction of its own. */
  'column-outside-the-transaction': {
    database: (database) => {
      const { columns } = database;
      const add = columns.add.bind(columns);
      const apply = database.apply.bind(database);
      columns.add = () => [];
      database.apply = (namespaces, partition, batch) => {
        add(batch.entries);
        return apply(namespaces, partition, batch);
      };
    },
  },
};
