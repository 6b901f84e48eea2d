import type { ColumnOptions, DataSource, ColumnType } from 'typeorm';

/** Compared byte for byte, and ordered so. How a database is told that, `TypedByDataSource` knows. */
export const byteString = (length: number) =>
  ({ type: 'varchar', length }) as const satisfies ColumnOptions;

/**
 * To the millisecond, and the same instant in every time zone: a type that every driver knows, until `TypedByDataSource` sets the
 * right one. Not the class `Date`: a test with fake timers has another one than TypeORM.
 */
export const instant = { type: 'date' } as const satisfies ColumnOptions;

interface ColumnTypes {
  byteString: { collation?: string; charset?: string };
  instant: { type: ColumnType; precision?: number };
}

const MYSQL: ColumnTypes = {
  byteString: { charset: 'utf8mb4', collation: 'utf8mb4_bin' },
  instant: { type: 'datetime', precision: 3 },
};
const BY_KIND: Readonly<Record<string, ColumnTypes>> = {
  postgres: {
    byteString: { collation: 'C' },
    instant: { type: 'timestamp with time zone', precision: 3 },
  },
  mysql: MYSQL,
  mariadb: MYSQL,
};

/** What is to be added to what `byteString` and `instant` say, on a data source of this kind. */
export const columnTypes = ({ options: { type } }: DataSource): ColumnTypes =>
  BY_KIND[type] ?? { byteString: {}, instant: { type: 'datetime' } };
