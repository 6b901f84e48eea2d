import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../support/servers/postgres.js';

const execute = promisify(execFile);
const build = fileURLToPath(new URL('./bundled/build.mjs', import.meta.url));
const installDeadline = 300_000;

let tools: string;

beforeAll(async () => {
  tools = await mkdtemp(join(tmpdir(), 'fastcounter-bundlers-'));
  await writeFile(join(tools, 'package.json'), '{ "private": true }');
  await execute(
    'npm',
    [
      ...['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'],
      ...['--loglevel=error', 'esbuild@0.28.2', 'webpack@5.113.0'],
    ],
    { cwd: tools },
  );
  return () => rm(tools, { recursive: true, force: true });
}, installDeadline);

describe('an application that is bundled to one file', () => {
  test.each([
    ['esbuild, an ES module', 'main.mjs'],
    ['esbuild, CommonJS, minified', 'main.cjs'],
    ['webpack', 'main.cjs'],
  ])('counts and persists in an empty folder: %s', async (way, file) => {
    const folder = join(tools, randomUUID());
    await mkdir(folder);
    await execute(process.execPath, [build, tools, way, join(folder, file)]);
    expect(await readdir(folder)).toEqual([file]);
    // neither the project's packages nor those of the bundlers are to be found from there
    const empty = await mkdtemp(join(tmpdir(), 'fastcounter-bundle-'));
    try {
      await cp(join(folder, file), join(empty, file));
      const { stdout } = await execute(process.execPath, [file], {
        cwd: empty,
        env: {
          PATH: process.env.PATH,
          REDIS_URL: inject('redisUrl'),
          DATABASE_URL: await createDatabase(inject('databaseUrl')),
          NAMESPACE: randomUUID(),
        },
      });
      expect(stdout.trim()).toBe('[["likes",1],["views",7]]');
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
  });
});
