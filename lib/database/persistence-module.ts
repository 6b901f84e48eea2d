import type { InjectionToken } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { fastCounterEntities } from './entities/entities.js';

/**
 * Hands the entities to a data source with `autoLoadEntities`. The module that this answers is left out: it provides
 * repositories by the names of their classes, and another `Counter` may be the application's own.
 */
export function registerEntities(dataSource?: string): void {
  TypeOrmModule.forFeature(fastCounterEntities, dataSource);
}

export const dataSourceToken = (name?: string): InjectionToken =>
  getDataSourceToken(name) as InjectionToken;
