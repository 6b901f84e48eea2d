import { type DataSource, getMetadataArgsStorage, type ObjectLiteral } from 'typeorm';

/** What knows how tables and columns are called: a connection, say. */
interface Naming {
  readonly dataSource: DataSource;
}

/** What to do where a table is missing. */
export const MAKE_TABLES =
  'make sure that this is the right database and schema, then run the migrations with upFastCounter()';

type Entity<Row extends ObjectLiteral = ObjectLiteral> = new () => Row;

/** The table of an entity as the data source names it, also one that does not know the entity: a CLI's, say. */
export function tablePath(dataSource: DataSource, entity: Entity): string {
  if (dataSource.hasMetadata(entity)) return dataSource.getMetadata(entity).tablePath;
  const { entityPrefix, schema } = dataSource.options as { entityPrefix?: string; schema?: string };
  const { namingStrategy, driver } = dataSource;
  const declared = getMetadataArgsStorage().filterTables(entity)[0]?.name;
  const named = namingStrategy.tableName(entity.name, declared);
  const table = entityPrefix ? namingStrategy.prefixTableName(entityPrefix, named) : named;
  return driver.buildTableName(table, schema);
}

/** The same with schema, escaped. */
export function tableName({ dataSource }: Naming, entity: Entity): string {
  const escape = (part: string): string => dataSource.driver.escape(part);
  return tablePath(dataSource, entity).split('.').map(escape).join('.');
}

/** The columns of an entity by property, as the data source names them, escaped. */
export function columns<Row extends ObjectLiteral>(
  { dataSource }: Naming,
  entity: Entity<Row>,
): Record<keyof Row, string> {
  const escape = (name: string): string => dataSource.driver.escape(name);
  const plain = Object.entries<string>(columnNames(dataSource, entity));
  return Object.fromEntries(plain.map(([property, name]) => [property, escape(name)])) as Record<
    keyof Row,
    string
  >;
}

/** The same as they are. */
export const columnNames = <Row extends ObjectLiteral>(
  dataSource: DataSource,
  entity: Entity<Row>,
): Record<keyof Row, string> =>
  Object.fromEntries(databaseNames(dataSource, entity)) as Record<keyof Row, string>;

function databaseNames(dataSource: DataSource, entity: Entity): [string, string][] {
  if (dataSource.hasMetadata(entity)) {
    const { columns: known } = dataSource.getMetadata(entity);
    return known.map(({ propertyName, databaseName }) => [propertyName, databaseName]);
  }
  const declared = getMetadataArgsStorage().filterColumns(entity);
  return declared.map(({ propertyName, options }) => [
    propertyName,
    dataSource.namingStrategy.columnName(propertyName, options.name, []),
  ]);
}
