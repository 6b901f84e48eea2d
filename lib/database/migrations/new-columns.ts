import type { DataSource, TableColumnOptions } from 'typeorm';
import { columnTypes } from '../entities/typing/column-types.js';

/** How columns are made that are not called the same everywhere. */
export function columnsOf(dataSource: DataSource) {
  const { byteString, longText, instant } = columnTypes(dataSource);
  return {
    text: (name: string, length: number): TableColumnOptions => ({
      ...byteString,
      name,
      type: 'varchar',
      length: String(length),
    }),
    long: (name: string): TableColumnOptions => ({
      ...longText,
      name,
      type: String(longText.type),
    }),
    time: (name: string): TableColumnOptions => ({ ...instant, name, type: String(instant.type) }),
    int: (name: string): TableColumnOptions => ({
      name,
      // SQLite compares the words
      type: dataSource.driver.normalizeType({ type: 'int' }),
    }),
  };
}

/** Others than InnoDB have no transactions; an application may have one of these as default. */
export const ofEngine = ({ options: { type } }: DataSource): { engine?: string } =>
  type === 'mysql' || type === 'mariadb' ? { engine: 'InnoDB' } : {};

export const key = (column: TableColumnOptions): TableColumnOptions => ({
  ...column,
  isPrimary: true,
});
