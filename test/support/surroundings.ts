import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { DynamicModule } from '@nestjs/common';
import pg from 'pg';
import { grantCounters } from './servers/counter-database.js';

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

export const makeTables = (ownerUrl: string): Promise<string> => chosen.makeTables(ownerUrl);

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
