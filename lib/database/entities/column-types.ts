import type { ColumnOptions, DataSource, ColumnType } from 'typeorm';

/** A text that is compared and ordered byte for byte. `TypedByDataSource` adds the collation by which a database does so. */
export const byteString = (length: number) =>
  ({ type: 'varchar', length }) as const satisfies ColumnOptions;

/**
 * A time to the millisecond, the same instant in every time zone. `date` is a type that every driver knows; `TypedByDataSource`
 * replaces it by the right one. The class `Date` would not do: under fake timers, a test has another class `Date` than TypeORM.
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

/** What a data source of this kind adds to the column options `byteString` and `instant`. */
export const columnTypes = ({ options: { type } }: DataSource): ColumnTypes =>
  BY_KIND[type] ?? { byteString: {}, instant: { type: 'datetime' } };
