import type { DataSource } from 'typeorm';
import { InvalidOptionsError } from '../../errors.js';
import { fastCounterEntities } from './entities.js';

/** Rejects a data source without our tables; one that is not initialized yet knows none of any. */
export function expectEntities(dataSource: DataSource): void {
  for (const entity of fastCounterEntities) {
    if (dataSource.hasMetadata(entity)) continue;
    throw new InvalidOptionsError(
      `The TypeORM data source does not know the entity ${entity.name}: set autoLoadEntities, or add fastCounterEntities to its entities`,
    );
  }
}
