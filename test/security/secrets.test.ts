import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createCounterDatabase } from '../support/servers/counter-database.js';
import { asCounterUser, counterUser } from '../support/servers/documented-access.js';
import { freePort } from '../../sample-app/src/database/embedded-postgres.js';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('secrets/confess.mjs', import.meta.url));

const SECRET = 'Sesame/0+pen:@1';
/** As it may stand in a URL, in JSON, in base 64. */
const DISGUISES = [
  SECRET,
  encodeURIComponent(SECRET),
  JSON.stringify(SECRET).slice(1, -1),
  Buffer.from(SECRET).toString('base64').slice(0, -2),
  'Sesame',
];

const withPassword = (url: string): string =>
  Object.assign(new URL(url), { password: SECRET }).href;

let databaseUrl: string;
let closedPort: number;

beforeAll(async () => {
  databaseUrl = asCounterUser(await createCounterDatabase());
  closedPort = await freePort();
});

/** All that an application writes, in half a dozen seconds, on either stream. */
async function confession(configuration: object): Promise<string> {
  const argument = JSON.stringify({ seconds: 2, ...configuration });
  const { stdout, stderr } = await execute(process.execPath, [program, argument], {
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout + stderr;
}

const impatient = { acknowledgeTimeout: 500, commandTimeout: 300, flushTimeout: 500 };

describe('a password is in no line of the log, event, error, status or provider', () => {
  const redis = (): string => withPassword(inject('redisUrl'));
  const port = (): number => Number(new URL(inject('redisUrl')).port);
  const good = () => ({ url: databaseUrl });

  const cases: [string, () => object, RegExp][] = [
    [
      'of a Redis that refuses it',
      () => ({ database: good(), counting: { redis: redis(), ...impatient } }),
      /WRONGPASS/,
    ],
    [
      'of a Redis that refuses it, given as an object, and of its queues',
      () => ({
        database: good(),
        counting: {
          redis: { port: port(), username: counterUser.username, password: SECRET },
          queue: { redis: { port: port(), password: SECRET } },
          ...impatient,
        },
      }),
      /WRONGPASS/,
    ],
    [
      'of a Redis that is not there',
      () => ({
        database: good(),
        counting: { redis: { port: closedPort, password: SECRET }, ...impatient },
      }),
      /ECONNREFUSED/,
    ],
    [
      'of a Redis whose host is not known',
      () => ({
        database: good(),
        counting: { redis: `redis://u:${encodeURIComponent(SECRET)}@no.invalid`, ...impatient },
      }),
      /ENOTFOUND|EAI_AGAIN/,
    ],
    [
      'of a Redis that does not speak TLS',
      () => ({
        database: good(),
        counting: {
          redis: { port: port(), password: SECRET, tls: { passphrase: SECRET } },
          ...impatient,
        },
      }),
      /CACHE_UNAVAILABLE|OUTCOME_UNKNOWN/,
    ],
    [
      'in an option that is wrong',
      () => ({
        database: good(),
        counting: { redis: `http://u:${encodeURIComponent(SECRET)}@h` },
      }),
      /INVALID_OPTIONS/,
    ],
    [
      'of a database that refuses it',
      () => ({ database: { url: withPassword(databaseUrl) }, counting: {} }),
      /password authentication failed/,
    ],
    [
      'of a database that is not there',
      () => ({
        database: { host: '127.0.0.1', port: closedPort, username: 'u', password: SECRET },
        counting: {},
      }),
      /ECONNREFUSED/,
    ],
  ];

  test.concurrent.each(cases)('%s', async (_case, configuration, seen) => {
    const said = await confession(configuration());
    expect(said).toContain('\nconfessed\n');
    expect(said).toMatch(seen);
    for (const disguise of DISGUISES) {
      const at = said.indexOf(disguise);
      expect(at === -1 ? '' : said.slice(Math.max(0, at - 600), at + 60)).toBe('');
    }
  });

  test('of a Redis and a database that take it', async () => {
    const said = await confession({
      database: { url: databaseUrl },
      counting: { redis: inject('redisUrl') },
    });
    expect(said).toContain('\nconfessed\n');
    const at = said.indexOf(counterUser.password);
    expect(at === -1 ? '' : said.slice(Math.max(0, at - 900), at + 60)).toBe('');
  });
});
