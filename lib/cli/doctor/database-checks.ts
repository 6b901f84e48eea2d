import { databaseFacts } from '../../database/by-url/database-facts.js';
import { databasePlace } from '../../database/by-url/data-source-by-url.js';
import { tableFacts, type TableFacts } from '../../database/by-url/table-facts.js';
import { Calendar } from '../../windows/calendar.js';
import { recentMisplacedStarts } from '../../windows/former-starts.js';
import { reasonOf } from '../../words/quote.js';
import type { Opened } from '../observer/open.js';
import { type Check, fail, ok, unknown, warn } from './check.js';
import { clockCheck } from './clock.js';

/** Of the connections of the database: more than this is soon all. */
const NEARLY_FULL = 0.8;

export async function databaseChecks({
  observer,
  namespace,
  dataSource,
  place,
}: Opened): Promise<Check[]> {
  const { store } = observer.ports;
  try {
    // connects
    await store.identify();
  } catch (error) {
    const next = 'Start the database, or check address, password and rights (docs/security.md)';
    return [fail('database', reasonOf(error), next)];
  }
  return [
    ok('database', databasePlace(place.database.url)),
    ...(await among('schema', async () => tableChecks(await tableFacts(dataSource)))),
    ...(await among('database settings', () => settingsOf(store, namespace.timeZone))),
    ...(await among('database clock', async () => {
      const asked = Date.now();
      const { now, connections } = await databaseFacts(dataSource);
      return [
        ...(now === undefined ? [] : [clockCheck('database clock', now, asked)]),
        ...(connections === undefined ? [] : [poolCheck(connections)]),
      ];
    })),
  ];
}

/** What the start of a process looks at. SQLite is not asked: it would take the file from the application. */
async function settingsOf(
  store: Opened['observer']['ports']['store'],
  timeZone: string,
): Promise<Check[]> {
  if (store.writesAlone === true) return [];
  const found = await store.inspect(recentMisplacedStarts(new Calendar(timeZone)));
  if (found.length === 0) return [ok('database settings', 'Fit for counts')];
  return found.map(({ kind, message }) =>
    (kind === 'unusable' ? fail : warn)('database settings', message),
  );
}

function tableChecks(tables: readonly TableFacts[]): Check[] {
  const names = (which: (facts: TableFacts) => boolean): string[] =>
    tables.filter(which).map(({ table }) => table);
  const first = names(({ exists, version }) => !exists && version === 1);
  const second = names(({ exists, version }) => !exists && version === 2);
  const migrate = 'Run fastCounterMigrations, or upFastCounter() in a migration of yours';
  const forbidden = tables.filter(({ exists, missing }) => exists && missing.length > 0);
  return [
    first.length > 0
      ? fail('schema', `There is no ${first.join(', ')}`, migrate)
      : second.length > 0
        ? warn('schema', `Version 1: there is no ${second.join(', ')}`, migrate)
        : ok('schema', 'Version 2'),
    forbidden.length === 0
      ? ok('database rights', 'Those that docs/security.md grants')
      : fail(
          'database rights',
          forbidden.map(({ table, missing }) => `no ${missing.join(', ')} on ${table}`).join('; '),
          'Grant them: docs/security.md has the statements',
        ),
  ];
}

function poolCheck({ used, most }: { used: number; most: number }): Check {
  const text = `${used} of ${most} connections are used`;
  return used / most > NEARLY_FULL
    ? warn('pool', text, 'Give each process a smaller pool, or the database more connections')
    : ok('pool', text);
}

async function among(of: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (error) {
    return [unknown(of, reasonOf(error))];
  }
}
