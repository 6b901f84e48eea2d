import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { InvalidOptionsError, quote } from '../../errors.js';
import { isSqlite } from '../sqlite/drivers/kinds.js';
import { type KeyType, keyTypeOf, type Range, rangeOf } from './column-types.js';
import type { OwnColumn } from './own-column.js';
import { readTemplate, type Template } from './template.js';

/** A column that is added to. */
export interface TargetColumn {
  /** For messages: `Article.views`. */
  readonly label: string;
  readonly template: Template;
  /** Escaped. */
  readonly name: string;
  readonly range: Range;
}

/** A table of the application, with the columns that are added to. Names are escaped. */
export interface TargetTable {
  readonly table: string;
  readonly key: string;
  readonly keyType: KeyType;
  readonly columns: readonly TargetColumn[];
  /** Columns that the database would set anew with each change of the row: they keep their value. */
  readonly kept: readonly string[];
}

type ColumnMetadata = EntityMetadata['columns'][number];

/** The tables in one order, which is the same in each process. Throws `InvalidOptionsError`. */
export function ownTables(
  dataSource: DataSource,
  rules: readonly OwnColumn[],
): readonly TargetTable[] {
  const tables = new Map<string, TargetTable & { columns: TargetColumn[] }>();
  for (const [index, rule] of rules.entries()) {
    const metadata = metadataOf(dataSource, rule, index);
    const { tablePath } = metadata;
    const table = tables.get(tablePath) ?? tableOf(dataSource, metadata, index);
    tables.set(tablePath, table);
    table.columns.push(columnOf(dataSource, metadata, rule, index));
  }
  return Array.from(tables)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, table]) => table);
}

const wrong = (index: number, key: keyof OwnColumn, what: string): InvalidOptionsError =>
  new InvalidOptionsError(`Option "columns[${index}].${key}" ${what}`);

function metadataOf(dataSource: DataSource, rule: OwnColumn, index: number): EntityMetadata {
  const entity = rule.entity() as EntityTarget<ObjectLiteral> | undefined;
  if (entity === undefined || !dataSource.hasMetadata(entity)) {
    throw wrong(
      index,
      'entity',
      `answers ${entity === undefined ? 'undefined' : quote(nameOf(entity))}, which is no entity of the TypeORM data source: ` +
        'answer the class, as () => Article, and add it to the entities of the data source',
    );
  }
  return dataSource.getMetadata(entity);
}

const nameOf = (entity: EntityTarget<ObjectLiteral>): string => {
  if (typeof entity === 'string') return entity;
  if (typeof entity === 'function') return entity.name;
  return 'options' in entity ? entity.options.name : entity.name;
};

function tableOf(
  dataSource: DataSource,
  metadata: EntityMetadata,
  index: number,
): TargetTable & { columns: TargetColumn[] } {
  const { name, tablePath, tableType, primaryColumns, columns } = metadata;
  const escape = (part: string): string => dataSource.driver.escape(part);
  const [key, ...others] = primaryColumns;
  if (tableType === 'view') throw wrong(index, 'entity', `is the view ${name}: give a table`);
  if (key === undefined || others.length > 0) {
    throw wrong(
      index,
      'entity',
      `is ${name}, which has ${primaryColumns.length} columns in its primary key: one is needed, which {id} stands for`,
    );
  }
  const keyType = keyTypeOf(typeOf(dataSource, key), rangeOfColumn(dataSource, key));
  if (keyType === undefined) {
    throw wrong(
      index,
      'entity',
      `is ${name}, whose primary key "${key.propertyPath}" is of type ${typeOf(dataSource, key)}: it must be an integer, a varchar, ` +
        'a text or a uuid',
    );
  }
  return {
    table: tablePath.split('.').map(escape).join('.'),
    key: escape(key.databaseName),
    keyType,
    columns: [],
    kept: columns
      .filter(({ onUpdate }) => onUpdate !== undefined)
      .map(({ databaseName }) => escape(databaseName)),
  };
}

function columnOf(
  dataSource: DataSource,
  metadata: EntityMetadata,
  rule: OwnColumn,
  index: number,
): TargetColumn {
  const { column: property, counters } = rule;
  const { name: entity } = metadata;
  const found = metadata.findColumnWithPropertyPath(property);
  if (found === undefined) {
    throw wrong(index, 'column', `(given: ${quote(property)}) is no column of ${entity}`);
  }
  const range = rangeOfColumn(dataSource, found);
  if (range === undefined || found.isPrimary || found.generatedType !== undefined) {
    const what = found.isPrimary ? 'its primary key' : `of type ${typeOf(dataSource, found)}`;
    throw wrong(
      index,
      'column',
      `(given: ${quote(property)}) is a column of ${entity} that cannot be added to, as it is ${what}: it must be an integer`,
    );
  }
  const template = readTemplate(counters);
  if ('wrong' in template) throw wrong(index, 'counters', template.wrong);
  const label = `${entity}.${property}`;
  return { label, template, name: dataSource.driver.escape(found.databaseName), range };
}

const typeOf = (dataSource: DataSource, column: ColumnMetadata): string =>
  dataSource.driver.normalizeType(column);

const rangeOfColumn = (dataSource: DataSource, column: ColumnMetadata): Range | undefined =>
  column.isArray
    ? undefined
    : rangeOf(typeOf(dataSource, column), column.unsigned, isSqlite(dataSource));
