import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { DynamicModule } from '@nestjs/common';
import pg from 'pg';
import { inject } from 'vitest';
import { createCounterDatabase, grantCounters } from './servers/counter-database.js';
import { asCounterUser } from './servers/documented-access.js';
import { createDatabase } from './servers/postgres.js';

/** The data source of the applications of a test file. */
export interface Surroundings {
  settings(url: string): Partial<TypeOrmModuleOptions>;
  /** Makes the tables as the owner of a database; answers the URL of the role that may only use them. */
  makeTables(ownerUrl: string): Promise<string>;
}

export const plain: Surroundings = { settings: () => ({}), makeTables: grantCounters };
let chosen = plain;

/** From now on, applications of this test file have this data source. */
export function surroundBy(surroundings: Surroundings): void {
  chosen = surroundings;
}

/** A database with the tables, for the role that may only use them. */
export async function newDatabase(): Promise<string> {
  if (chosen === plain) return asCounterUser(await createCounterDatabase());
  return chosen.makeTables(await createDatabase(inject('databaseUrl')));
}

export const typeOrm = (url: string): DynamicModule =>
  TypeOrmModule.forRoot({
    ...{ type: 'postgres', url, autoLoadEntities: true },
    ...(chosen.settings(url) as { type: 'postgres' }),
  });

type Parser = (text: string) => unknown;
type TypeId = Parameters<typeof pg.types.getTypeParser>[0];
const parserOf = (type: TypeId): Parser => pg.types.getTypeParser(type) as Parser;

const { INT8, NUMERIC, BOOL, TIMESTAMPTZ, JSON: json } = pg.types.builtins;
const PARSERS = new Map([INT8, NUMERIC, BOOL, TIMESTAMPTZ, json].map((it) => [it, parserOf(it)]));

/** Parsers of values as the driver has them, before a test file wants them otherwise. */
export const driverTypes = {
  getTypeParser: (type: TypeId): Parser => PARSERS.get(type) ?? parserOf(type),
};
