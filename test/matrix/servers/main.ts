import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../../sample-app/src/database/embedded-postgres.js';
import { type Driver, type Kind, type Server, type ServerOfRelease, SERVERS } from './catalogue.js';
import { NOBODY, type SmallSystem, smallSystem } from './small-system.js';
import { NPM, run as runOutside } from '../project.js';
import { keepServer } from './results.js';

/** The tests that ask a server of the run for everything that counts need of it. */
const TESTS: Readonly<Record<Kind, readonly string[]>> = {
  redis:
    `conformance/counter-cache conformance/persist-queue conformance/redis integration/whole-way.test
    security/redis-user module/plain-servers module/deployments faults/redis-deployments`.split(
      /\s+/,
    ),
  postgres: `conformance/counter-store integration/whole-way.test integration/list persistence/apply
    persistence/bucket-expiry persistence/buckets persistence/collation persistence/concurrency
    persistence/migrations persistence/own-ledger persistence/plans persistence/refused-rows`.split(
    /\s+/,
  ),
  mariadb: `conformance/counter-store persistence/mariadb integration/whole-way-mariadb
    faults/mariadb columns/together docs/migration-guides`.split(/\s+/),
  mysql: `conformance/counter-store integration/whole-way-mariadb faults/mariadb columns/together
    docs/migration-guides persistence/usage-view matrix/applications`.split(/\s+/),
  sqlite: `conformance/counter-store persistence/sqlite persistence/data-source-kinds
    integration/whole-way-sqlite processes/sqlite cli/outbox-sqlite`.split(/\s+/),
};

const testsOf = ({ kind, without = [] }: Server): string[] =>
  TESTS[kind].filter((test) => !without.includes(test));

/** Runs these tests on each server whose title has the word. Answers whether all passed. */
export async function runOnServers(project: string, word = ''): Promise<boolean> {
  let isGood = true;
  for (const server of SERVERS.filter(({ title }) => title.includes(word))) {
    const folder = join(project, '.tmp', 'servers', server.title.replaceAll(' ', '-'));
    const { version, environment, stop } = await (server.kind === 'sqlite'
      ? installDriver(server, folder)
      : startServer(server, folder));
    const tests = await run(project, testsOf(server), {
      ...{ ...process.env, ...environment },
      MATRIX_SERVER: server.title,
      // of the applications that on MySQL
      MATRIX: 'shop',
    });
    await stop();
    console.log(`== ${server.title}, ${version}: ${tests.failed} failed, ${tests.passed} passed`);
    if (tests.failed > 0 || tests.passed === 0) isGood = false;
    else await keepServer(server.title, { version, tests: tests.passed });
  }
  return isGood;
}

interface Prepared {
  environment: Readonly<Record<string, string>>;
  stop: () => Promise<void>;
}

interface Started extends Prepared {
  version: string;
}

async function startServer(server: ServerOfRelease, folder: string): Promise<Started> {
  const system = await smallSystem(server, folder);
  const { environment, stop } = await prepare(server, system);
  const PATH = [system.bin, process.env['PATH']].join(':');
  // the small systems have no other
  return { version: system.version, environment: { ...environment, PATH, LC_ALL: 'C' }, stop };
}

/** Compiles it, where there is no binary of it for this machine. */
async function installDriver({ driver }: Driver, folder: string): Promise<Started> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const [name = '', version = ''] = driver.split('@');
  await npm('install', ['--ignore-scripts', driver], folder);
  await npm('rebuild', [name], folder);
  const BETTER_SQLITE3 = join(folder, 'node_modules', name);
  return { ...NOTHING, version, environment: { BETTER_SQLITE3 } };
}

const npm = (command: string, args: readonly string[], folder: string): Promise<string> =>
  runOutside(
    'npm',
    [command, ...NPM.filter((flag) => flag !== '--ignore-scripts'), ...args],
    folder,
  );

const NOTHING: Prepared = { environment: {}, stop: () => Promise.resolve() };

/** Puts the server where the tests look for one. */
async function prepare({ kind, program }: ServerOfRelease, system: SmallSystem): Promise<Prepared> {
  switch (kind) {
    case 'redis':
      await system.program('redis-server', program);
      return NOTHING;
    case 'mariadb':
      await system.program('mariadbd', program);
      await system.program('mariadb-install-db', '/usr/bin/mariadb-install-db');
      return NOTHING;
    case 'mysql': {
      const more = '--mysqlx=OFF --secure-file-priv=NULL';
      await system.program('mariadbd', program, { arguments: more });
      const initialize = await system.program('mysql-initialize', program);
      // of the arguments it knows those two
      await writeFile(
        join(system.bin, 'mariadb-install-db'),
        `#!/bin/sh\nfor each; do case $each in --datadir=*|--user=*) set -- "$@" "$each";; esac; shift; done\nexec '${initialize}' --no-defaults --initialize-insecure "$@"\n`,
        { mode: 0o755 },
      );
      return NOTHING;
    }
    case 'postgres':
      return startPostgres(program, system);
  }
}

async function startPostgres(program: string, system: SmallSystem): Promise<Prepared> {
  const initialize = await system.program('initdb', program.replace(/postgres$/, 'initdb'), {
    as: NOBODY,
  });
  const start = await system.program('postgres', program, { as: NOBODY });
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-postgres-'));
  await chown(directory, NOBODY, NOBODY);
  const data = join(directory, 'data');
  const options = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-locale'];
  const [code] = (await once(
    spawn(initialize, [...options, '--encoding', 'UTF8'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
    'exit',
  )) as [number];
  if (code !== 0) throw new Error(`initdb ended with ${code}`);
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
  ];
  const quick = ['fsync=off', 'full_page_writes=off', 'max_connections=300'];
  const server = spawn(
    start,
    ['-D', data, ...[...settings, ...quick].flatMap((it) => ['-c', it])],
    {
      stdio: 'ignore',
    },
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  while (!(await answers(url))) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    await sleep(50);
  }
  return {
    environment: { MATRIX_POSTGRES_URL: url },
    async stop() {
      const exit = once(server, 'exit');
      server.kill('SIGINT');
      await exit;
      await rm(directory, { recursive: true });
    },
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  const isThere = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end().catch(() => undefined);
  return isThere;
}

interface Tests {
  passed: number;
  failed: number;
}

async function run(
  project: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Tests> {
  const report = join(project, '.tmp', 'servers', 'report.json');
  await rm(report, { force: true });
  const program = join(project, 'node_modules', 'vitest', 'vitest.mjs');
  const tests = files.map((file) => join('test', file));
  const reporters = ['--reporter', 'dot', '--reporter', 'json', '--outputFile', report];
  const running = spawn(process.execPath, [program, 'run', ...tests, ...reporters], {
    ...{ cwd: project, env, stdio: 'inherit' },
  });
  await once(running, 'exit');
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
    await readFile(report, 'utf8'),
  ) as Record<string, number>;
  return {
    passed: numPassedTests ?? 0,
    failed: (numFailedTests ?? 0) || (numFailedTestSuites ?? 0),
  };
}
