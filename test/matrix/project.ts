import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Consumer, type Stack, STACKS } from './consumers.js';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = fileURLToPath(new URL('consumer/', import.meta.url));
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Runs a command outside of any test of ours. Answers what it said, and throws with that where it fails. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const all = { ...outside(), ...env };
  try {
    const options = { cwd, env: all, maxBuffer: MAX_OUTPUT };
    const { stdout, stderr } = await execute(command, args, options);
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed: ${(stdout + stderr).slice(-6000)}`, {
      cause: error,
    });
  }
}

/** The environment as it is outside of a test. */
export function outside(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|TEST$|FORCE_COLOR$)/.test(name),
  );
  return { ...(Object.fromEntries(kept) as Record<string, string>), NO_COLOR: '1' };
}

export const NPM = [
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--loglevel=error',
];

/** The package as it is built. Answers the path of the file. */
export async function pack(folder: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await execute('npm', args, { cwd: root });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack made nothing: ${stdout}`);
  return join(folder, packed.filename);
}

/**
 * Installs what an application has, and then this package as README.md says, without --force and without --legacy-peer-deps. What
 * was installed before must keep its version. Answers the versions of all that the application and the line name.
 */
export async function install(
  folder: string,
  stack: keyof typeof STACKS,
  tarball: string,
  flags: readonly string[] = [],
): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const { pinned, line, queues = 'bull' }: Stack = STACKS[stack];
  const manifest = { private: true, dependencies: pinned };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', ...NPM, ...flags], folder);
  await run('npm', ['install', ...NPM, ...flags, tarball, ...line], folder);
  for (const name of UNUSED[queues]) {
    if (existsSync(join(folder, 'node_modules', name))) throw new Error(`${name} was installed`);
  }
  // the only one that compiles: for some minutes, where there is no binary of it for this machine
  if ('better-sqlite3' in pinned) {
    const compile = NPM.filter((flag) => flag !== '--ignore-scripts');
    await run('npm', ['rebuild', 'better-sqlite3', ...compile], folder);
  }
  const added = line.map((name) => name.replace(/(?!^)@.*$/, ''));
  const versions: Record<string, string> = {};
  for (const name of new Set([...Object.keys(pinned), ...added, 'cache-manager'])) {
    const file = join(folder, 'node_modules', name, 'package.json');
    const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
    const before = pinned[name];
    if (before !== undefined && version !== before) throw new Error(`${name} became ${version}`);
    versions[name] = version;
  }
  return versions;
}

/** What nobody has to install who has no use for it. */
const UNUSED = {
  bull: ['bullmq'],
  bullmq: ['bull', '@nestjs/bull'],
  none: ['bull', '@nestjs/bull', 'bullmq', '@nestjs/bullmq'],
};

/** A Node of that version. Answers the folder of its binary. */
export async function installNode(folder: string, version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', ...NPM, `${name}@${version}`], folder);
  return join(folder, 'node_modules', name, 'bin');
}

/** Puts the application into a folder below the stack, and runs it there. Answers what the run said. */
export async function runConsumer(
  stackFolder: string,
  { modules, run: runner }: Pick<Consumer, 'modules' | 'run'>,
  nodeFolder: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const isModule = modules === 'ES modules';
  const folder = join(stackFolder, `${runner}-${isModule ? 'esm' : 'cjs'}`);
  const tools = join(stackFolder, 'node_modules');
  await rm(folder, { recursive: true, force: true });
  await cp(sources, folder, { recursive: true });
  if (!existsSync(join(tools, '@nestjs', 'terminus'))) {
    await cp(join(folder, 'alone', 'observing.ts'), join(folder, 'observing.ts'));
  }
  await rm(join(folder, 'alone'), { recursive: true });
  const write = (file: string, content: object): Promise<void> =>
    writeFile(join(folder, file), JSON.stringify(content));
  await write('package.json', { private: true, type: isModule ? 'module' : 'commonjs' });
  await write('tsconfig.json', {
    compilerOptions: {
      // the declarations of this package, too, and all that they name
      ...{ module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: false },
      ...{ experimentalDecorators: true, emitDecoratorMetadata: true, isolatedModules: true },
      ...{ esModuleInterop: true, outDir: 'built', types: ['node'] },
    },
    include: ['*.ts'],
  });
  const path = [nodeFolder, dirname(process.execPath), process.env.PATH].filter(Boolean);
  const all = { ...env, PATH: path.join(delimiter) };
  const tool = (file: string, ...args: string[]): Promise<string> =>
    run('node', [join(tools, file), ...args], folder, all);
  switch (runner) {
    case 'node':
      await tool('typescript/bin/tsc');
      return run('node', [join('built', 'main.js')], folder, all);
    case 'jest': {
      await write('jest.config.json', {
        testMatch: ['<rootDir>/*.spec.ts'],
        transform: { '\\.ts$': ['ts-jest', { useESM: isModule }] },
        extensionsToTreatAsEsm: isModule ? ['.ts'] : [],
        moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
        testEnvironment: 'node',
      });
      const flags = isModule ? ['--experimental-vm-modules'] : [];
      const jest = join(tools, 'jest/bin/jest.js');
      return run('node', [...flags, jest, '--runInBand', '--forceExit=false'], folder, all);
    }
    case 'vitest':
      await writeFile(
        join(folder, 'vitest.config.mjs'),
        `export default { test: { globals: true, include: ['*.spec.ts'], root: ${JSON.stringify(folder)} } };`,
      );
      return tool('vitest/vitest.mjs', 'run', '--root', folder);
  }
}
