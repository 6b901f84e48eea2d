import { execFile } from 'node:child_process';
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entries } from '../../scripts/entries.mjs';
import { NAMES, withoutQueues } from './without-queues.js';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const installDeadline = 300_000;

// Types that did not resolve would be `any`, and the expected error would not come.
const typedUse = `
  import { type CounterService, FastCounterModule } from 'nestjs-fastcounter';
  export const count = (counters: CounterService): Promise<number> => counters.getCount('views');
  import { clearCounters, FastCounterTestingModule, type FastCounterTestingOptions } from 'nestjs-fastcounter/testing';
  export const options: FastCounterTestingOptions = { windows: { timeZone: 'UTC' } };
  export const tested = FastCounterTestingModule.forRoot(options);
  // @ts-expect-error a promise is no string
  export const cleared: string = clearCounters({ get: (): unknown => undefined });
  // @ts-expect-error a promise of a number is no string
  export const wrong = (counters: CounterService): string => counters.getCount('views');
  export const dynamicModule = FastCounterModule.forRoot();
`;
const expected = JSON.stringify(['function', 'function']);

let project: string;
let tarballPath: string;
let packedFiles: string[];

async function inProject(command: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd: project });
    return stdout.trim();
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} failed: ${stdout}${stderr}`, { cause: error });
  }
}

describe('the packed package, installed in an empty project', () => {
  beforeAll(async () => {
    await access(join(root, 'dist', 'index.js')).catch((error: unknown) => {
      throw new Error('Build the library first: npm run build', { cause: error });
    });
    project = await mkdtemp(join(tmpdir(), 'fastcounter-package-'));
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    const { stdout } = await execute(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', project],
      { cwd: root },
    );
    const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    if (!tarball) throw new Error(`npm pack made nothing: ${stdout}`);
    tarballPath = join(project, tarball.filename);
    packedFiles = tarball.files.map((file) => file.path);
    await inProject(
      'npm',
      'install',
      ...['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
      `./${tarball.filename}`,
    );
  }, installDeadline);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it('brings none of the packages that carry queues', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    const ofNest = await readdir(join(project, 'node_modules', '@nestjs'));
    const of = (names: string[]): string[] => names.filter((name) => /^bull/.test(name));
    expect([...of(installed), ...of(ofNest)]).toEqual([]);
  });

  it('holds the build and the papers, and nothing else', () => {
    const built = Object.keys(entries).join('|');
    const allowed = new RegExp(
      `^(dist/(cjs/)?((${built}|shared-[\\w-]+)\\.js|types/.+\\.d\\.ts)|dist/cli\\.js|dist/cjs/package\\.json|package\\.json|README\\.md|LICENSE|CHANGELOG\\.md)$`,
    );
    expect(packedFiles.filter((path) => !allowed.test(path))).toEqual([]);
    expect(packedFiles).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']),
    );
  });

  it('has the command line, which is run by its name', async () => {
    const version = await inProject('npx', '--no-install', 'fastcounter', '--version');
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    const { mode } = await stat(join(root, 'dist', 'cli.js'));
    expect(mode & 0o111).toBe(0o111);
  });

  it('loads nothing of the command line with the library', async () => {
    const loaded = new Map<string, string>();
    const load = async (file: string): Promise<void> => {
      if (loaded.has(file)) return;
      const text = await readFile(join(root, 'dist', file), 'utf8');
      loaded.set(file, text);
      for (const [, name = ''] of text.matchAll(/(?:from|import) ?\(?["']\.\/([\w-]+\.js)["']/g)) {
        await load(name);
      }
    };
    await load('index.js');
    expect(loaded.size).toBeGreaterThan(1);
    expect([...loaded.keys()]).not.toContain('cli.js');
    expect([...loaded.values()].join()).not.toContain('fastcounter VERB');
    await load('cli.js');
    expect([...loaded.values()].join()).toContain('fastcounter VERB');
  });

  it('runs nothing when it is installed', async () => {
    const manifest = join(project, 'node_modules', 'nestjs-fastcounter', 'package.json');
    const { scripts } = JSON.parse(await readFile(manifest, 'utf8')) as { scripts: object };
    const hooks = /^(pre|post)?(install|prepare|publish|pack)$|^prepublishOnly$|^dependencies$/;
    expect(Object.keys(scripts).filter((name) => hooks.test(name))).toEqual([]);
  });

  it('is imported by an ES module', async () => {
    const script = `
      import { CounterService, FastCounterModule } from 'nestjs-fastcounter';
      console.log(JSON.stringify([typeof FastCounterModule, typeof CounterService]));
    `;
    expect(await inProject('node', '--input-type=module', '--eval', script)).toBe(expected);
  });

  it('is required by a CommonJS module', async () => {
    const script = `
      const { CounterService, FastCounterModule } = require('nestjs-fastcounter');
      console.log(JSON.stringify([typeof FastCounterModule, typeof CounterService]));
    `;
    expect(await inProject('node', '--input-type=commonjs', '--eval', script)).toBe(expected);
  });

  it('is CommonJS where it is required, with the same names as the ES modules', async () => {
    const script = `
      const path = require.resolve('nestjs-fastcounter');
      const required = require('nestjs-fastcounter');
      import('nestjs-fastcounter').then((imported) => {
        const symbols = (all) => Object.entries(all).filter(([, it]) => typeof it === 'symbol');
        console.log(JSON.stringify([
          path.endsWith(require('node:path').join('dist', 'cjs', 'index.js')),
          Object.keys(required).sort().join() === Object.keys(imported).sort().join(),
          required.CounterService === imported.CounterService,
          symbols(required).length > 4,
          symbols(required).every(([name, token]) => token === imported[name]),
        ]));
      });
    `;
    const args = ['--no-warnings', '--input-type=commonjs', '--eval', script];
    expect(JSON.parse(await inProject('node', ...args))).toEqual([true, true, false, true, true]);
  });

  it.each([
    [
      'ES modules',
      'module',
      (name: string, names: string) => `import { ${names} } from '${name}';`,
    ],
    [
      'CommonJS',
      'commonjs',
      (name: string, names: string) => `const { ${names} } = require('${name}');`,
    ],
  ])(
    'names the package of the queues that is missing, and how to install it: %s',
    async (_, type, load) => {
      const loads = Object.entries(NAMES).map(([name, names]) => load(name, names));
      const script = [...loads, withoutQueues].join('\n');
      const refused = JSON.parse(
        await inProject('node', '--no-warnings', `--input-type=${type}`, '--eval', script),
      ) as string[];
      const bull =
        /^INVALID_OPTIONS .*"queue.driver" is 'bull'.*@nestjs\/bull is not installed.*npm install @nestjs\/bull bull@4/;
      const bullMq =
        /^INVALID_OPTIONS .*"queue.driver" is 'bullmq'.*bullmq is not installed.*npm install bullmq$/;
      const expectedRefusals = [bull, bull, bullMq, bullMq].map(
        (it) => expect.stringMatching(it) as string,
      );
      expect(refused).toEqual(expectedRefusals);
    },
  );

  it.each([
    ['an ES module', 'module', `import * as testing from 'nestjs-fastcounter/testing';`],
    ['a CommonJS module', 'commonjs', `const testing = require('nestjs-fastcounter/testing');`],
  ])('has what is for tests, which loads no TypeORM, queue or Redis: %s', async (_, type, load) => {
    const modules = join(project, 'node_modules');
    const away = join(project, 'away');
    const servers = ['typeorm', '@nestjs/typeorm', 'ioredis', '@redis', '@keyv', 'keyv'];
    const moved = [...servers, 'cache-manager'];
    await mkdir(join(away, '@nestjs'), { recursive: true });
    for (const name of moved) await rename(join(modules, name), join(away, name));
    try {
      const script = `${load} console.log(JSON.stringify(Object.keys(testing).sort()));`;
      const args = ['--no-warnings', `--input-type=${type}`, '--eval', script];
      const names = JSON.parse(await inProject('node', ...args)) as string[];
      expect(names).toEqual(['FastCounterTestingModule', 'clearCounters']);
    } finally {
      for (const name of moved) await rename(join(away, name), join(modules, name));
    }
  });

  it('loads nothing of what is behind its subpaths where it is imported', async () => {
    const script = `
      require('nestjs-fastcounter');
      const ours = Object.keys(require.cache).filter((file) => file.includes('nestjs-fastcounter'));
      console.log(JSON.stringify(ours.map((file) => require('node:path').basename(file))));
    `;
    const args = ['--no-warnings', '--input-type=commonjs', '--eval', script];
    const loaded = JSON.parse(await inProject('node', ...args)) as string[];
    const ours = Object.keys(entries).map((entry) => `${entry}.js`);
    expect(loaded.filter((file) => ours.includes(file))).toEqual(['index.js']);
    const built = join(project, 'node_modules', 'nestjs-fastcounter', 'dist', 'cjs');
    const texts = await Promise.all(loaded.map((file) => readFile(join(built, file), 'utf8')));
    const optional = /require\(["'](@nestjs\/terminus|prom-client|@opentelemetry\/[\w-]+)["']\)/;
    expect(texts.filter((text) => optional.test(text))).toEqual([]);
  });

  it('warns of what is for tests where that is of another copy, and else not', async () => {
    const warned = (script: string): Promise<string> =>
      inProject('node', '--no-warnings', '--input-type=commonjs', '--eval', script);
    const tell = `process.on('warning', ({ code }) => console.log(code));`;
    const same = `${tell} require('nestjs-fastcounter'); require('nestjs-fastcounter/testing');`;
    expect(await warned(same)).toBe('');
    const other = `${tell} require('nestjs-fastcounter'); import('nestjs-fastcounter/testing');`;
    expect(await warned(other)).toBe('FASTCOUNTER_COPIES');
  });

  it('warns once of two copies in one process, and not of one that is evaluated again', async () => {
    const both = `
      const warned = [];
      process.on('warning', ({ code, message }) => warned.push([code, message]));
      const again = () => {
        for (const file of Object.keys(require.cache)) delete require.cache[file];
        require('nestjs-fastcounter');
      };
      again();
      again();
      setImmediate(async () => {
        const before = warned.length;
        await import('nestjs-fastcounter');
        again();
        setImmediate(() => console.log(JSON.stringify([before, warned])));
      });
    `;
    const args = ['--no-warnings', '--input-type=commonjs', '--eval', both];
    const [before, warned] = JSON.parse(await inProject('node', ...args)) as [number, string[][]];
    expect(before).toBe(0);
    expect(warned).toEqual([
      ['FASTCOUNTER_COPIES', expect.stringMatching(/more than once.+ and /)],
    ]);
  });

  it('has no fault that publint or attw finds', async () => {
    const installed = join(project, 'node_modules', 'nestjs-fastcounter');
    const tools = join(root, 'node_modules');
    const publint = join(tools, 'publint', 'src', 'cli.js');
    expect(
      await inProject('node', publint, 'run', installed, '--strict', '--pack=false'),
    ).toContain('All good!');
    const attw = join(tools, '@arethetypeswrong', 'cli', 'dist', 'index.js');
    expect(await inProject('node', attw, tarballPath, '--no-color')).toContain('No problems found');
  });

  it('brings its types to ES and CommonJS modules', async () => {
    const files = ['use.mts', 'use.cts'];
    for (const file of files) await writeFile(join(project, file), typedUse);
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          ...{ module: 'nodenext', target: 'es2023', types: [] },
          ...{ strict: true, noEmit: true, skipLibCheck: true },
        },
        files,
      }),
    );
    expect(await inProject('node', compiler, '--project', project)).toBe('');
  });
});
