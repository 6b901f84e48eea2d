import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** The table of an entity as the data source names it, schema included, escaped. */
export function tableName(manager: EntityManager, entity: EntityTarget<ObjectLiteral>): string {
  const { tablePath } = manager.dataSource.getMetadata(entity);
  const escape = (part: string): string => manager.dataSource.driver.escape(part);
  return tablePath.split('.').map(escape).join('.');
}

/** The columns of an entity by property, as the data source names them, escaped. */
export function columns<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: new () => Row,
): Record<keyof Row, string> {
  const { dataSource } = manager;
  return Object.fromEntries(
    dataSource
      .getMetadata(entity)
      .columns.map((column) => [
        column.propertyName,
        dataSource.driver.escape(column.databaseName),
      ]),
  ) as Record<keyof Row, string>;
}
