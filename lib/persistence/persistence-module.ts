import type { DynamicModule, InjectionToken } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { Counter } from './counter.entity.js';
import { CounterLedger } from './ledger.entity.js';

/** For `entities` of a data source without `autoLoadEntities`. @publicApi */
export const fastCounterEntities = [Counter, CounterLedger];

/** Hands the entities to a data source with `autoLoadEntities`. */
export const registerEntities = (dataSource?: string): DynamicModule =>
  TypeOrmModule.forFeature(fastCounterEntities, dataSource);

export const dataSourceToken = (name?: string): InjectionToken =>
  getDataSourceToken(name) as InjectionToken;
