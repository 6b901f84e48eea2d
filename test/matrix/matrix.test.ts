import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';
import { keepResult } from './compatibility.js';
import { CONSUMERS, type Stack, STACKS, titleOf } from './consumers.js';
import { install, installNode, pack, runConsumer } from './project.js';

/** The name of one consumer or stack, `all`, or nothing for the short form. */
const { MATRIX: asked = '' } = process.env;
const chosen = CONSUMERS.filter(
  (consumer) =>
    asked === 'all' || (asked === '' ? consumer.short : titleOf(consumer).includes(asked)),
);

let folder: string;
let tarball: string;
const installed = new Map<string, Promise<unknown>>();

/** Once for all consumers that need it. */
function once<Answer>(name: string, make: () => Promise<Answer>): Promise<Answer> {
  const made = installed.get(name) ?? make();
  installed.set(name, made);
  return made as Promise<Answer>;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastcounter-matrix-'));
  tarball = await pack(folder);
  return () => rm(folder, { recursive: true, force: true });
}, 120_000);

describe('an application of its own counts with', { timeout: 900_000 }, () => {
  test.each(chosen.map((consumer) => [titleOf(consumer), consumer] as const))(
    '%s',
    async (_, consumer) => {
      const { stack, node } = consumer;
      const place = join(folder, stack);
      const versions = await once(stack, () => install(place, stack, tarball));
      const nodeFolder =
        node === undefined
          ? undefined
          : await once(node, () => installNode(join(folder, `node-${node}`), node));
      const { queues = 'bull' }: Stack = STACKS[stack];
      const namespace = `matrix-${randomUUID().slice(0, 8)}`;
      const { sqlite } = consumer;
      const env = {
        ...(queues === 'none' ? {} : { REDIS_URL: inject('redisUrl'), QUEUE_DRIVER: queues }),
        ...(sqlite === undefined
          ? { DATABASE_URL: await createDatabase(inject('databaseUrl')) }
          : { SQLITE: sqlite, DATABASE_URL: join(folder, `${namespace}.sqlite`) }),
        NAMESPACE: namespace,
      };
      const said = await runConsumer(place, consumer, nodeFolder, env);
      expect(said).toMatch(
        { node: /flow: done/, jest: /Tests: +3 passed, 3 total/, vitest: /Tests +3 passed/ }[
          consumer.run
        ],
      );
      await keepResult(consumer, versions);
    },
  );

  /** What is installed here is no row of the table: ES modules cannot count with Redis there. */
  test.runIf(asked === 'all' || 'forced'.includes(asked || 'none'))(
    'CommonJS where npm was told --legacy-peer-deps and keyv 4 is at the root, and ES modules are told what to do there',
    async () => {
      const place = join(folder, 'forced');
      await install(place, 'linted', tarball, ['--legacy-peer-deps']);
      const adapter = join(place, 'node_modules', '@keyv', 'redis', 'package.json');
      const keyv = JSON.parse(
        await readFile(createRequire(adapter).resolve('keyv/package.json'), 'utf8'),
      ) as { version: string };
      expect(keyv.version).toMatch(/^4\./);
      const env = {
        REDIS_URL: inject('redisUrl'),
        DATABASE_URL: await createDatabase(inject('databaseUrl')),
        NAMESPACE: `matrix-${randomUUID().slice(0, 8)}`,
      };
      const run = (modules: 'CommonJS' | 'ES modules') =>
        runConsumer(place, { modules, run: 'node' }, undefined, env);
      expect(await run('CommonJS')).toMatch(/flow: done/);
      await expect(run('ES modules')).rejects.toThrow(
        /@keyv\/redis cannot be loaded.+install keyv@5 in the application/s,
      );
    },
  );
});
