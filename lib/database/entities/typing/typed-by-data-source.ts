import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { columnTypes, instant, longText } from './column-types.js';

const notCalled = (): void => undefined;

/**
 * For an entity whose columns have the types of the data source that it is in. The decorators of its columns say what every
 * driver knows, once for the process; the rest is set in the metadata that each data source makes for itself.
 *
 * TypeORM calls `useDataSource()` of a class that has these three methods, as its own `BaseEntity` has, between making the
 * metadata and synchronizing: `DataSource.buildMetadatas()`, in versions 0.3 and 1.
 *
 * TypeORM calls the same method for an entity of the application that extends such a class. The columns which that entity adds
 * stay as they are.
 */
export const TypedByDataSource = (): ClassDecorator => (entity) => {
  const ours = new Set<string>();
  for (const { target, propertyName } of getMetadataArgsStorage().columns) {
    if (target === entity) ours.add(propertyName);
  }
  function useDataSource(this: new () => object, dataSource: DataSource): void {
    const types = columnTypes(dataSource);
    for (const column of dataSource.getMetadata(this).columns) {
      if (!ours.has(column.propertyName)) continue;
      if (column.type === instant.type) Object.assign(column, types.instant);
      else if (column.type === 'varchar') Object.assign(column, types.byteString);
      else if (column.type === longText.type) Object.assign(column, types.longText);
    }
  }
  Object.assign(entity, { hasId: notCalled, save: notCalled, useDataSource });
};
