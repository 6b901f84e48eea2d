import type { DynamicModule, InjectionToken } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { fastCounterEntities } from './entities.js';

/** Hands the entities to a data source with `autoLoadEntities`. */
export const registerEntities = (dataSource?: string): DynamicModule =>
  TypeOrmModule.forFeature(fastCounterEntities, dataSource);

export const dataSourceToken = (name?: string): InjectionToken =>
  getDataSourceToken(name) as InjectionToken;
