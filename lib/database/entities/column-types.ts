import type { ColumnOptions } from 'typeorm';

/** Compared byte for byte, and ordered so: PostgreSQL's collation "C". */
export const byteString = (length: number) =>
  ({ type: 'varchar', length, collation: 'C' }) as const satisfies ColumnOptions;

export const instant = {
  type: 'timestamp with time zone',
  precision: 3,
} as const satisfies ColumnOptions;
