import { DataSource } from 'typeorm';
import { fastCounterEntities } from '../../../lib/index.js';

/** The tables of the package, in an empty database. */
export async function createTables(url: string): Promise<void> {
  const dataSource = new DataSource({ type: 'postgres', url, entities: [...fastCounterEntities] });
  await dataSource.initialize();
  await dataSource.synchronize();
  await dataSource.destroy();
}
