import type { DataSource } from 'typeorm';
import { InvalidOptionsError } from '../../errors.js';
import { instant } from './typing/column-types.js';
import { fastCounterEntities } from './entities.js';

/** Rejects a data source without our tables; one that is not initialized yet knows none of any. */
export function expectEntities(dataSource: DataSource): void {
  for (const entity of fastCounterEntities) {
    if (!dataSource.hasMetadata(entity)) {
      throw new InvalidOptionsError(
        `The TypeORM data source does not know the entity ${entity.name}: set autoLoadEntities, or add fastCounterEntities to its entities`,
      );
    }
    // no document of TypeORM promises that it sets them
    const untyped = dataSource
      .getMetadata(entity)
      .columns.find(({ type }) => type === instant.type);
    if (untyped === undefined) continue;
    throw new InvalidOptionsError(
      `TypeORM did not set the types of the entity ${entity.name} for this data source (column "${untyped.databaseName}"): ` +
        'this version of TypeORM is not supported; tables that it synchronizes would be wrong',
    );
  }
}
