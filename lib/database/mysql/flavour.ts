import type { DataSource } from 'typeorm';

/** What differs between the two servers that speak MySQL's protocol. */
export interface Flavour {
  readonly isMariadb: boolean;
  /** Compares byte for byte, trailing spaces too, and orders so. */
  readonly collation: string;
  /** A row of a table that is written out. */
  row(values: string): string;
  /** Names the rows of `INSERT … VALUES`, behind them. */
  readonly given: string;
  /** The value that was given for a column, in `ON DUPLICATE KEY UPDATE`. */
  valueGiven(column: string): string;
}

const MARIADB: Flavour = {
  isMariadb: true,
  collation: 'utf8mb4_nopad_bin',
  row: (values) => `(${values})`,
  given: '',
  valueGiven: (column) => `VALUES(${column})`,
};

const MYSQL: Flavour = {
  isMariadb: false,
  collation: 'utf8mb4_0900_bin',
  row: (values) => `ROW(${values})`,
  given: 'AS given',
  valueGiven: (column) => `given.${column}`,
};

/** The first major version of MariaDB that is supported; MySQL has not come so far. */
const FIRST_OF_MARIADB = 10;

/**
 * The flavour of the server that the data source is connected to: an application may name either type for either server. TypeORM
 * tells the number of the version alone. Where it tells none, as before it is connected, by the type.
 */
export function flavourOf({ driver, options: { type } }: DataSource): Flavour {
  const { version = '' } = driver as { version?: string };
  const major = Number.parseInt(version);
  const isMariadb = Number.isNaN(major) ? type === 'mariadb' : major >= FIRST_OF_MARIADB;
  return isMariadb ? MARIADB : MYSQL;
}
