import type { StoreProblem } from '../../../cache/counter-cache.js';
import { quote } from '../../../words/quote.js';
import { tablePath } from '../../dialects/table-names.js';
import { fastCounterEntities } from '../../entities/entities.js';
import type { SqliteSession, Texts } from '../session.js';

/** The oldest version that has all that the statements of this package use. */
const OLDEST = [3, 38] as const;

export function inspect(session: SqliteSession): StoreProblem[] {
  const [found] = session.query<Texts<'version'>>('SELECT sqlite_version() AS version');
  const tooOld = ofVersion(found?.version ?? '');
  const unusable = tooOld.length > 0 ? tooOld : [...ofSettings(session), ...ofTables(session)];
  return [
    ...unusable.map((message): StoreProblem => ({ kind: 'unusable', message })),
    ...ofSaving(session),
  ];
}

export function hasTable(session: SqliteSession, entity: new () => object): boolean {
  const table = tablePath(session.dataSource, entity);
  const found = session.query(
    `SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?`,
    [table],
  );
  return found.length > 0;
}

function ofVersion(version: string): string[] {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part));
  const [oldest, least] = OLDEST;
  if (major > oldest || (major === oldest && minor >= least)) return [];
  return [
    `The driver has SQLite ${quote(version)}: counts need ${OLDEST.join('.')} or later, so a later version of ` +
      'better-sqlite3 or sql.js',
  ];
}

function ofSettings(session: SqliteSession): string[] {
  const problems: string[] = [];
  const [text] = session.query<{ encoding?: string }>('PRAGMA encoding');
  if (text?.encoding !== 'UTF-8') {
    problems.push(
      `The database is encoded in ${quote(text?.encoding)}, in which names have another order: make it anew with PRAGMA encoding = 'UTF-8'`,
    );
  }
  const [only] = session.query<{ query_only?: unknown }>('PRAGMA query_only');
  if (session.isReadonly || Number(only?.query_only) === 1) {
    problems.push(
      'The data source is only for reading (option readonly, or PRAGMA query_only), and takes no counts',
    );
  }
  return problems;
}

/** The collations of the primary keys: the default one compares byte for byte. */
function ofTables(session: SqliteSession): string[] {
  return fastCounterEntities.flatMap((entity) => {
    const table = tablePath(session.dataSource, entity);
    const found = session.query<Texts<'name' | 'collation'>>(
      `SELECT part.name AS name, part.coll AS collation
         FROM pragma_index_list(?) AS list, pragma_index_xinfo(list.name) AS part
        WHERE list.origin = 'pk' AND part.key = 1 AND part.coll <> 'BINARY' LIMIT 1`,
      [table],
    );
    return found.map(
      ({ name, collation }) =>
        `The column ${quote(`${table}.${name}`)} has the collation ${quote(collation)}, by which names may be taken for one another: ` +
        'it must have none, as upFastCounter() makes it',
    );
  });
}

function ofSaving({ dataSource }: SqliteSession): StoreProblem[] {
  const { type, location, autoSave } = dataSource.options as {
    type: string;
    location?: string;
    autoSave?: boolean;
  };
  if (type !== 'sqljs' || location === undefined || autoSave === true) return [];
  return [
    {
      kind: 'warning',
      message:
        `The data source of sql.js has the location ${quote(location)} without autoSave: counts are in memory, and in that file only when ` +
        'the application saves it. Set autoSave: true, or use better-sqlite3',
    },
  ];
}
