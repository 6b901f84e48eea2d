import { existsSync } from 'node:fs';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { fastCounterEntities } from '../entities/entities.js';
import { InvalidOptionsError } from '../../errors.js';
import { reasonOf } from '../../words/quote.js';

/** Connections at most. */
const POOL = 4;
/** Milliseconds that connecting may take. */
const CONNECTING = 5_000;

const SCHEMES = 'postgres://, mysql://, mariadb:// or sqlite:PATH';

/** The data source of a tool that has nothing but an address. Other schemas and prefixes of tables are those of the application. */
export interface DatabaseAddress {
  /** `postgres://user:password@host/database`, `mysql://…`, `mariadb://…` or `sqlite:path`. */
  url: string;
  /** The schema of the tables. @default that of the connection */
  schema?: string | undefined;
}

/**
 * A data source with the entities of this package, which is not connected yet.
 *
 * @throws InvalidOptionsError the scheme is another one, the driver is not installed, or there is no such file
 */
export function dataSourceByUrl({ url, schema }: DatabaseAddress): DataSource {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(url) ?? [];
  const shared = { entities: fastCounterEntities, logging: false, ...(schema && { schema }) };
  switch (scheme.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return made({
        ...{ ...shared, type: 'postgres', url, poolSize: POOL, applicationName: 'fastcounter' },
        connectTimeoutMS: CONNECTING,
      });
    case 'mysql':
    case 'mariadb': {
      const type = scheme.toLowerCase() as 'mysql' | 'mariadb';
      return made({ ...shared, type, url, poolSize: POOL, connectTimeout: CONNECTING });
    }
    case 'sqlite':
      return sqlite(rest.replace(/^\/\/(?=\/)/, ''), shared);
    default:
      // it may hold a password: it is not quoted
      throw new InvalidOptionsError(`The address of the database must begin with ${SCHEMES}`);
  }
}

/** For messages: without user and password. */
export function databasePlace(url: string): string {
  const [, scheme = 'a database', rest = ''] = /^([a-z]+):(.*)$/is.exec(url) ?? [];
  return `${scheme}:${rest.replace(/^\/\/[^/]*@/, '//').replace(/\?.*$/s, '')}`;
}

/** By better-sqlite3 where that is installed, or by sql.js, which reads the file once. */
function sqlite(path: string, shared: object): DataSource {
  // a driver would make it
  if (!existsSync(path)) throw new InvalidOptionsError('There is no such SQLite file');
  try {
    return made({ ...shared, type: 'better-sqlite3', database: path, fileMustExist: true });
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    return made({ ...shared, type: 'sqljs', location: path, autoSave: false });
  }
}

function made(options: DataSourceOptions): DataSource {
  try {
    return new DataSource(options);
  } catch (cause) {
    // TypeORM names the package that is not installed
    throw new InvalidOptionsError(`The database cannot be used: ${reasonOf(cause)}`, { cause });
  }
}
