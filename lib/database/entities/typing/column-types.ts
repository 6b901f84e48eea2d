import type { ColumnOptions, ColumnType, DataSource } from 'typeorm';
import { flavourOf } from '../../mysql/flavour.js';

/** A text that is compared and ordered byte for byte. `TypedByDataSource` adds the collation by which a database does so. */
export const byteString = (length: number) =>
  ({ type: 'varchar', length }) as const satisfies ColumnOptions;

/**
 * A time to the millisecond, the same instant in every time zone. `date` is a type that every driver knows; `TypedByDataSource`
 * replaces it by the right one. The class `Date` would not do: under fake timers, a test has another class `Date` than TypeORM.
 */
export const instant = { type: 'date' } as const satisfies ColumnOptions;

/** A text without a limit that matters. `TypedByDataSource` replaces the type where a database has a limit that does. */
export const longText = { type: 'text' } as const satisfies ColumnOptions;

interface ColumnTypes {
  byteString: { collation?: string; charset?: string };
  longText: { type: ColumnType; collation?: string; charset?: string };
  instant: { type: ColumnType; precision?: number };
}

const POSTGRES: ColumnTypes = {
  byteString: { collation: 'C' },
  longText,
  instant: { type: 'timestamp with time zone', precision: 3 },
};

function mysqlTypes(dataSource: DataSource): ColumnTypes {
  const byteString = { charset: 'utf8mb4', collation: flavourOf(dataSource).collation };
  return {
    byteString,
    // the names of a batch have more bytes than a `text` holds
    longText: { type: 'mediumtext', ...byteString },
    instant: { type: 'datetime', precision: 3 },
  };
}

/** What a data source of this kind adds to the column options `byteString`, `longText` and `instant`. */
export function columnTypes(dataSource: DataSource): ColumnTypes {
  const { type } = dataSource.options;
  if (type === 'postgres') return POSTGRES;
  if (type === 'mysql' || type === 'mariadb') return mysqlTypes(dataSource);
  return { byteString: {}, longText, instant: { type: 'datetime' } };
}
