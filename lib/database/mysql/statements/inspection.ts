import type { StoreProblem } from '../../../cache/counter-cache.js';
import { quote } from '../../../words/quote.js';
import type { SqlConnection } from '../../dialects/sql-connection.js';
import { tablePath } from '../../dialects/table-names.js';
import { fastCounterEntities } from '../../entities/entities.js';
import { type Flavour, flavourOf } from '../flavour.js';
import { list, text } from './literals.js';

interface Found {
  version: string;
  name: string | null;
  autocommit: string;
}

/** The oldest versions that the tests of this package ran on, or that have all that they ran with. */
const OLDEST = { mariadb: [10, 6], mysql: [8, 4] } as const;

/** Settings that are not called the same everywhere, or are not everywhere. */
const SETTINGS = [
  ...['read_only', 'log_bin', 'binlog_format', 'transaction_isolation', 'tx_isolation', 'sql_mode'],
];

export async function inspect(connection: SqlConnection): Promise<StoreProblem[]> {
  const [found] = await connection.query<Found[]>(
    'SELECT VERSION() AS version, DATABASE() AS name, @@autocommit AS autocommit',
  );
  if (found === undefined) return [];
  const flavour = flavourOf(connection.dataSource);
  // on another server than the driver told, statements and tables are those of the other flavour
  const tooOld = ofVersion(found.version, flavour);
  const unfit =
    tooOld.length > 0
      ? tooOld
      : [...(await ofSettings(connection, found)), ...(await ofTables(connection, flavour))];
  return [
    ...unfit.map((message): StoreProblem => ({ kind: 'unusable', message })),
    ...shiftedTimes(connection),
  ];
}

function ofVersion(version: string, { isMariadb }: Flavour): string[] {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part));
  const isOfMariadb = version.includes('MariaDB');
  if (isOfMariadb !== isMariadb) {
    return [
      `The server calls itself ${quote(version)}, and TypeORM takes it for ${isMariadb ? 'MariaDB' : 'MySQL'}: such a server is not supported`,
    ];
  }
  const [oldest, least] = isMariadb ? OLDEST.mariadb : OLDEST.mysql;
  if (major > oldest || (major === oldest && minor >= least)) return [];
  return [
    `The server is ${isMariadb ? 'MariaDB' : 'MySQL'} ${quote(version)}: counts need MySQL 8.4 or later, or MariaDB 10.6 or later`,
  ];
}

async function ofSettings(
  connection: SqlConnection,
  { name, autocommit }: Found,
): Promise<string[]> {
  const found = await connection.query<Record<string, string>[]>(
    `SHOW VARIABLES WHERE Variable_name IN (${list(SETTINGS.map((it) => `'${it}'`))})`,
  );
  const settings = new Map(found.map((row) => [row['Variable_name'], row['Value'] ?? '']));
  const isolation = settings.get('transaction_isolation') ?? settings.get('tx_isolation');
  const problems: string[] = [];
  if (isOn(settings.get('read_only'))) {
    problems.push(
      `The server of the database ${quote(name)} is read-only (read_only is ON), as a replica is, and takes no counts: ` +
        'give the data source the address of the primary server',
    );
  }
  if (isOn(settings.get('log_bin')) && settings.get('binlog_format') === 'STATEMENT') {
    problems.push(
      'The server logs statements (binlog_format is STATEMENT), and then takes nothing that is written at READ COMMITTED: ' +
        'set binlog_format to ROW or MIXED',
    );
  }
  if (autocommit !== '1') {
    problems.push(
      'Connections of the data source begin with autocommit = 0, so what is written is not committed: look at init_connect and autocommit of the server',
    );
  }
  if (isolation === 'READ-UNCOMMITTED') {
    problems.push(
      'Connections of the data source begin at READ UNCOMMITTED: totals would include what is never committed. Set transaction_isolation to READ-COMMITTED or REPEATABLE-READ',
    );
  }
  if (settings.get('sql_mode')?.split(',').includes('ORACLE')) {
    problems.push(
      'Connections of the data source begin with the sql_mode ORACLE, in which statements are read by other rules: set another one',
    );
  }
  return problems;
}

const isOn = (value: string | undefined): boolean => value === 'ON' || value === '1';

async function ofTables(connection: SqlConnection, { collation }: Flavour): Promise<string[]> {
  const paths = fastCounterEntities.map((entity) =>
    tablePath(connection.dataSource, entity).split('.'),
  );
  const tables = list(paths.map((path) => text(path.at(-1) ?? '')));
  const [first = []] = paths;
  const schema = first.length > 1 ? text(first[0] ?? '') : 'DATABASE()';
  const of = (table: string): string =>
    `FROM information_schema.${table} WHERE TABLE_SCHEMA = ${schema} AND TABLE_NAME IN (${tables})`;
  const engines = await connection.query<{ name: string; engine: string }[]>(
    `SELECT TABLE_NAME AS name, ENGINE AS engine ${of('TABLES')} AND ENGINE <> 'InnoDB'`,
  );
  const others = await connection.query<{ name: string; collation: string }[]>(
    `SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) AS name, COLLATION_NAME AS collation ${of('COLUMNS')}
        AND COLUMN_KEY = 'PRI' AND COLLATION_NAME IS NOT NULL AND COLLATION_NAME <> '${collation}'`,
  );
  const keys = await connection.query<{ name: string; key: string }[]>(
    `SELECT DISTINCT TABLE_NAME AS name, INDEX_NAME AS \`key\` ${of('STATISTICS')}
        AND NON_UNIQUE = 0 AND INDEX_NAME <> 'PRIMARY'`,
  );
  return [
    ...keys.map(
      ({ name, key }) =>
        `The table ${quote(name)} has a unique index ${quote(key)} beside its primary key: ON DUPLICATE KEY UPDATE would add to ` +
        'whatever row that finds. Drop it, or make it an index that is not unique',
    ),
    ...engines.map(
      ({ name, engine }) =>
        `The table ${quote(name)} is of the engine ${quote(engine)}, which has no transactions: ALTER TABLE … ENGINE = InnoDB`,
    ),
    ...others
      .slice(0, 1)
      .map(
        (other) =>
          `The column ${quote(other.name)} has the collation ${quote(other.collation)}, by which names may be taken for one another: ` +
          `its collation must be ${collation}, as upFastCounter() makes it`,
      ),
  ];
}

/** Statements of this package send and read texts in UTC: it is the entities that the driver makes dates for. */
function shiftedTimes({ dataSource }: SqlConnection): StoreProblem[] {
  const { timezone = 'local' } = dataSource.options as { timezone?: string };
  const isUtc =
    ['Z', '+00:00', '-00:00'].includes(timezone) ||
    (timezone === 'local' && new Date().getTimezoneOffset() === 0);
  if (isUtc) return [];
  return [
    {
      kind: 'warning',
      message:
        `The data source has the option timezone: ${quote(timezone)}, and times are stored in UTC: counts are right, but times that an application ` +
        `reads from the entities of this package are shifted. Set timezone: 'Z'`,
    },
  ];
}
