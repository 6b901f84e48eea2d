import type { DataSource } from 'typeorm';
import { tableName, tablePath } from '../dialects/table-names.js';
import { CounterCorrection } from '../entities/counter-correction.entity.js';
import { CounterImport } from '../entities/counter-import.entity.js';
import { CounterBucket } from '../entities/counter-bucket.entity.js';
import { Counter } from '../entities/counter.entity.js';
import { fastCounterEntities } from '../entities/entities.js';
import { CounterLedger } from '../entities/ledger.entity.js';
import { reasonOf } from '../../words/quote.js';

/** A table of the counters, as the role of a connection sees it. */
export interface TableFacts {
  table: string;
  /** The version of the schema that it came with. */
  version: 1 | 2;
  exists: boolean;
  /** Rights that docs/security.md grants, and the role has not. */
  missing: string[];
}

type Entity = (typeof fastCounterEntities)[number];

const FIRST: ReadonlySet<Entity> = new Set<Entity>([Counter, CounterBucket, CounterLedger]);
const KEPT: ReadonlySet<Entity> = new Set<Entity>([CounterCorrection, CounterImport]);

/** Looks at each table, and reads no row. Of MySQL and SQLite it sees one right alone, to read. */
export function tableFacts(dataSource: DataSource): Promise<TableFacts[]> {
  return Promise.all(
    fastCounterEntities.map(async (entity): Promise<TableFacts> => {
      const version = FIRST.has(entity) ? 1 : 2;
      const table = tablePath(dataSource, entity);
      const seen = await (dataSource.options.type === 'postgres'
        ? onPostgres(dataSource, entity)
        : byReading(dataSource, entity));
      return { table, version, ...seen };
    }),
  );
}

type Seen = Pick<TableFacts, 'exists' | 'missing'>;

async function onPostgres(dataSource: DataSource, entity: Entity): Promise<Seen> {
  const rights = ['SELECT', 'INSERT', ...(KEPT.has(entity) ? [] : ['UPDATE', 'DELETE'])];
  const [row] = await dataSource.query<{ found: boolean; missing: string[] | null }[]>(
    `SELECT to_regclass($1) IS NOT NULL AS found, (SELECT array_agg(wanted) FROM unnest($2::text[]) AS asked(wanted)
       WHERE NOT has_table_privilege(to_regclass($1), wanted)) AS missing`,
    [tableName({ dataSource }, entity), rights],
  );
  return { exists: row?.found === true, missing: row?.missing ?? [] };
}

async function byReading(dataSource: DataSource, entity: Entity): Promise<Seen> {
  try {
    await dataSource.query(`SELECT 1 FROM ${tableName({ dataSource }, entity)} WHERE 1 = 0`);
    return { exists: true, missing: [] };
  } catch (error) {
    const isForbidden = /denied/i.test(reasonOf(error));
    return { exists: isForbidden, missing: isForbidden ? ['SELECT'] : [] };
  }
}
