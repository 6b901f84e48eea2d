import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import pg from 'pg';
import {
  DataSource,
  DefaultNamingStrategy,
  type EntitySubscriberInterface,
  EventSubscriber,
  type Logger,
  type TransactionStartEvent,
} from 'typeorm';
import { fastCounterEntities, upFastCounter } from '../../lib/index.js';
import { asCounterUser, roleStatements } from './servers/documented-access.js';
import { grant } from './servers/counter-database.js';
import type { Surroundings } from './surroundings.js';

/** Renames tables and columns, also those whose entity says how they are called. */
export class OwnNames extends DefaultNamingStrategy {
  override tableName(target: string, given?: string): string {
    return `Our ${super.tableName(target, given)}`;
  }
  override columnName(property: string, given: string | undefined, prefixes: string[]): string {
    return `The ${super.columnName(property, given as string, prefixes)}`;
  }
}

const isOurs = (text: string): boolean => text.includes('fast_counter');

/** An audit trail that takes every row for one of its own, and expects a user behind every statement. */
@EventSubscriber()
class Audit implements EntitySubscriberInterface<{ id: string }> {
  private readonly seen: string[] = [];
  private note(event: { databaseEntity?: { id: string }; entity?: unknown }): void {
    this.seen.push((event.databaseEntity as { id: string }).id);
  }
  afterLoad(entity: { id: string }): void {
    this.seen.push(entity.id.toUpperCase());
  }
  beforeInsert = (event: object): void => this.note(event);
  beforeUpdate = (event: object): void => this.note(event);
  beforeRemove = (event: object): void => this.note(event);
  beforeQuery({ query }: { query: string }): void {
    if (isOurs(query)) throw new Error('an audit trail without a user');
  }
  afterQuery({ query }: { query: string }): void {
    if (isOurs(query)) throw new Error('an audit trail without a user');
  }
  beforeTransactionStart(event: TransactionStartEvent): void {
    this.seen.push((event.queryRunner.data as { user: { id: string } }).user.id);
  }
}

/** Tells statements of other tables; of a table that it does not know it makes an error. */
class StrictLogger implements Logger {
  private tell(text: string): void {
    if (isOurs(text)) throw new Error('no such table in the log');
  }
  logQuery(text: string): void {
    this.tell(text);
  }
  logQueryError(_error: string | Error, text: string): void {
    this.tell(text);
  }
  logQuerySlow(_time: number, text: string): void {
    this.tell(text);
  }
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

/** Settings of each session that are not those of a new server. */
const SESSION = [
  ...['standard_conforming_strings=off', 'default_transaction_isolation=serializable'],
  ...['DateStyle=German', 'TimeZone=Asia/Kathmandu', 'IntervalStyle=sql_standard'],
  ...['bytea_output=escape', 'extra_float_digits=-2', 'backslash_quote=on'],
];

/** What decides on names: the owner of the tables has it as well. */
const NAMES = {
  namingStrategy: new OwnNames(),
  entityPrefix: 'app_',
  schema: 'counting',
};

/** Everything that an application may ask of its ORM and of its driver, at once. */
const settings = (url: string): Partial<TypeOrmModuleOptions> => ({
  ...NAMES,
  ...{ type: 'postgres', cache: { alwaysEnabled: true, duration: 3_600_000 } },
  ...{ subscribers: [Audit], logging: true, logger: new StrictLogger(), maxQueryExecutionTime: 1 },
  ...{ isolateWhereStatements: true, parseInt8: true, isolationLevel: 'SERIALIZABLE' },
  extra: { options: SESSION.map((setting) => `-c ${setting}`).join(' ') },
  // the replica has no tables at all
  replication: { defaultMode: 'slave', master: { url }, slaves: [{ url: replicaOf(url) }] },
});

function replicaOf(url: string): string {
  const replica = new URL(url);
  replica.pathname = '/postgres';
  return replica.href;
}

/** Tables under other names, and views that show them under those that tests know. */
async function makeTables(ownerUrl: string): Promise<string> {
  const owner = new DataSource({
    ...{ type: 'postgres', url: ownerUrl, entities: fastCounterEntities },
    ...NAMES,
  });
  await owner.initialize();
  try {
    await owner.query('CREATE SCHEMA counting');
    const runner = owner.createQueryRunner();
    await upFastCounter(runner).finally(() => runner.release());
    for (const entity of fastCounterEntities) {
      const { columns, tablePath, tableNameWithoutPrefix } = owner.getMetadata(entity);
      const table = tablePath.split('.').map(pg.escapeIdentifier).join('.');
      const shown = columns.map(({ databaseName }) => {
        const plainName = databaseName.replace('The ', '');
        return `${pg.escapeIdentifier(databaseName)} AS ${pg.escapeIdentifier(plainName)}`;
      });
      const view = tableNameWithoutPrefix.replace('Our ', '');
      await owner.query(`CREATE VIEW public.${view} AS SELECT ${shown.join(', ')} FROM ${table}`);
    }
    await grant(owner, [
      ...roleStatements('postgres').grants,
      'GRANT USAGE ON SCHEMA counting TO fastcounter',
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA counting TO fastcounter',
    ]);
  } finally {
    await owner.destroy();
  }
  return asCounterUser(ownerUrl);
}

export const crowded: Surroundings = { settings, makeTables };

/** Has types parsed in other ways than the driver does it, in the whole process; a data source with `driverTypes` has its ways. */
export function parseInOwnWays(): void {
  const { INT8, NUMERIC, BOOL, TIMESTAMPTZ, JSON: json } = pg.types.builtins;
  pg.types.setTypeParser(INT8, Number);
  pg.types.setTypeParser(NUMERIC, Number);
  pg.types.setTypeParser(BOOL, (text) => (text === 't' ? 'yes' : 'no'));
  for (const type of [TIMESTAMPTZ, json]) pg.types.setTypeParser(type, (text) => ({ text }));
}
