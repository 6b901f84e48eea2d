import type { DataSource } from 'typeorm';
import type { BatchEntry, StoreProblem } from '../../cache/counter-cache.js';
import { DatabaseUnavailableError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';
import type { SqlConnection } from '../dialects/sql-connection.js';
import type { SqlDialect } from '../dialects/sql-dialect.js';
import { columnDeltas, concernsColumns, fittingRows, type TableDeltas } from './column-deltas.js';
import { ColumnOutcomes, type MissedColumn } from './column-outcomes.js';
import type { ColumnStatements } from './column-statements.js';
import { mysqlColumns } from './mysql.js';
import type { OwnColumn } from './own-column.js';
import { ownTables, type TargetTable } from './own-tables.js';
import { postgresColumns } from './postgres.js';

const SAVEPOINT = 'fastcounter_columns';

type Entry = Pick<BatchEntry, 'name' | 'delta'>;

/**
 * Adds what a batch added to counters to columns of the application as well, in the transaction of the batch: behind the lock of
 * the ledger row, so never twice.
 *
 * Rows are locked table by table, in the order of their keys. What the table of the application refuses is taken back to a
 * savepoint and told, and the counters are persisted all the same. For a row that somebody has locked the batch waits, and fails
 * as a whole: without that row the column would be wrong.
 */
export class SqlColumns {
  // its options hold the password: a private name is not printed
  readonly #dataSource: DataSource;
  private readonly statements: ColumnStatements;
  private found?: readonly TargetTable[];

  constructor(
    dataSource: DataSource,
    private readonly dialect: SqlDialect,
    private readonly rules: readonly OwnColumn[],
  ) {
    this.#dataSource = dataSource;
    this.statements = dataSource.options.type === 'postgres' ? postgresColumns : mysqlColumns;
    if (dataSource.isInitialized) this.found = ownTables(dataSource, rules);
  }

  /** Whether one of these counters has a column. */
  concern(entries: readonly Entry[]): boolean {
    return this.rules.length > 0 && concernsColumns(this.tables, entries);
  }

  /** Answers what is not in the columns. `renew` is called after each statement: there may be many. */
  async add(
    connection: SqlConnection,
    entries: readonly Entry[],
    renew: () => void,
  ): Promise<MissedColumn[]> {
    if (this.rules.length === 0) return [];
    const outcomes = new ColumnOutcomes();
    const parts = new Parts(connection, this.dialect, this.statements, renew);
    for (const deltas of columnDeltas(this.tables, entries, outcomes)) {
      await this.addTo(connection, deltas, parts, outcomes);
    }
    return outcomes.list();
  }

  /** Tries the statements, without rows, each by `run`, in a transaction of its own. */
  async inspect(
    run: (attempt: (connection: SqlConnection) => Promise<void>) => Promise<void>,
  ): Promise<StoreProblem[]> {
    if (this.rules.length === 0) return [];
    const problems: StoreProblem[] = [];
    for (const table of this.tables) {
      for (const column of table.columns) {
        try {
          await run(async (connection) => {
            await this.statements.lock(connection, table, [column], []);
            await this.statements.add(connection, table, column, []);
          });
        } catch (error) {
          if (!(error instanceof DatabaseUnavailableError)) throw error;
          const { cause } = error;
          if (!this.statements.isOfTable(cause) && !this.dialect.isRefusal(cause)) throw error;
          const message = `Option "columns": ${column.label} cannot be written. ${reasonOf(error)}`;
          problems.push({ kind: 'unusable', message });
        }
      }
    }
    return problems;
  }

  private async addTo(
    connection: SqlConnection,
    { table, columns }: TableDeltas,
    parts: Parts,
    outcomes: ColumnOutcomes,
  ): Promise<void> {
    const held = new Map<string, (string | null)[]>();
    const refusedIds = new Map<string, unknown>();
    const targets = columns.map(({ column }) => column);
    const ids = new Set(columns.flatMap(({ rows }) => rows.map(({ id }) => id)));
    // all of a table before any is written: other partitions have other rows of the same table
    await parts.run([...ids], {
      statement: async (part) => {
        const found = await this.statements.lock(connection, table, targets, part);
        for (const [id, values] of found) held.set(id, values);
      },
      refused: (id, error) => refusedIds.set(id, error),
      waits: true,
    });
    for (const [place, { column, rows }] of columns.entries()) {
      const refused = ({ counter }: { counter: string }, error: unknown): void =>
        outcomes.refused(column.label, counter, error);
      for (const row of rows.filter(({ id }) => refusedIds.has(id))) {
        refused(row, refusedIds.get(row.id));
      }
      const values = new Map(Array.from(held, ([id, all]) => [id, all[place] ?? null]));
      const known = rows.filter(({ id }) => !refusedIds.has(id));
      const fitting = fittingRows(column, known, values, outcomes);
      await parts.run(fitting, {
        statement: async (part) => {
          const written = await this.statements.add(connection, table, column, part);
          for (const row of part) {
            if (!written.has(row.id)) refused(row, 'a trigger or a policy keeps the row as it is');
          }
        },
        refused,
      });
    }
  }

  private get tables(): readonly TargetTable[] {
    return (this.found ??= ownTables(this.#dataSource, this.rules));
  }
}

interface Work<Item> {
  statement: (part: readonly Item[]) => Promise<void>;
  refused: (item: Item, error: unknown) => void;
  /** Whether it waits for locks of the application. */
  waits?: boolean;
}

/** Sends statements under savepoints: what the table refuses is halved, down to the rows that it refuses. */
class Parts {
  constructor(
    private readonly connection: SqlConnection,
    private readonly dialect: SqlDialect,
    private readonly statements: ColumnStatements,
    private readonly renew: () => void,
  ) {}

  async run<Item>(items: readonly Item[], work: Work<Item>): Promise<void> {
    if (items.length === 0) return;
    const error = await this.attempt(() => work.statement(items), work.waits === true);
    if (error === undefined) return;
    const ofRow = this.dialect.isRefusal(error) || this.dialect.isTooSlow(error);
    if (items.length === 1 || !ofRow) {
      for (const item of items) work.refused(item, error);
      return;
    }
    const middle = Math.ceil(items.length / 2);
    await this.run(items.slice(0, middle), work);
    await this.run(items.slice(middle), work);
  }

  /** Answers an error of the table, after a rollback to before the statement; throws any other. */
  private async attempt(run: () => Promise<void>, waits: boolean): Promise<unknown> {
    await this.connection.query(`SAVEPOINT ${SAVEPOINT}`);
    try {
      await run();
      await this.connection.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      return undefined;
    } catch (error) {
      const isTooSlow = this.dialect.isTooSlow(error);
      // without its cause, which would be taken for that of the rows of counters
      if (isTooSlow && waits) throw new DatabaseUnavailableError(busy(error));
      const isOfTable = this.dialect.isRefusal(error) || this.statements.isOfTable(error);
      if (!isOfTable && !isTooSlow) throw error;
      await this.connection.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      await this.connection.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      return error;
    } finally {
      this.renew();
    }
  }
}

const busy = (error: unknown): string =>
  `Rows of option "columns" were not free in time, as another transaction has them locked: ${reasonOf(error)}`;
