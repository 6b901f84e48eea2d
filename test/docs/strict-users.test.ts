import { randomUUID } from 'node:crypto';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findExamples, writeExamples } from './examples.js';
import { root } from './markdown.js';

const project = join(root, '.tmp', `strict-${randomUUID().slice(0, 8)}`);

/** Values that may be missing, as they come from an environment, are given as they are. */
const consumer = `
  import type { CounterService, MeteringService } from 'nestjs-fastcounter';
  import { CounterEvents, FastCounterModule, Quota, CountCalls } from 'nestjs-fastcounter';
  import { clearCounters, FastCounterTestingModule } from 'nestjs-fastcounter/testing';
  import type { FastCounterHealthIndicator } from 'nestjs-fastcounter/health';

  const missing: undefined = undefined;
  declare const health: FastCounterHealthIndicator;
  declare const text: string | undefined;
  declare const number: number | undefined;
  declare const flag: boolean | undefined;
  export const healthy = health.counting('counts', { details: flag, module: text });

  export const module = FastCounterModule.forRoot({
    redis: text,
    cache: missing,
    queue: { driver: missing, redis: text, prefix: text, count: number, settings: missing },
    dataSource: text,
    namespace: text,
    updateInterval: number,
    workers: flag,
    isGlobal: flag,
    maxBufferedNames: number,
    newCounterLimits: [{ prefix: 'a', limit: 1, interval: number, overflow: text }],
    windows: {
      counters: missing,
      timeZone: text,
      retention: { minute: number, hour: number, day: number, month: number },
    },
    acknowledgeTimeout: number,
    durableClaims: { replicas: number, disk: flag, timeout: number },
  });
  export const overTls = FastCounterModule.forRoot({
    redis: { host: text, port: number, username: text, password: text, db: number, tls: flag },
  });
  export const later = FastCounterModule.forRootAsync({
    isGlobal: flag,
    dataSource: text,
    queue: { driver: 'bullmq', prefix: text, count: number },
    imports: missing,
    inject: missing,
    useFactory: () => ({ redis: text, queue: { redis: text } }),
  });

  export const tested = FastCounterTestingModule.forRoot({
    ...{ namespace: text, updateInterval: number, isGlobal: flag, maxBufferedNames: number },
    ...{ newCounterLimits: missing, windows: { timeZone: text }, idempotencyTtl: number },
  });
  // @ts-expect-error there is no Redis
  export const wrongly = FastCounterTestingModule.forRoot({ redis: text });
  export const clear = (app: import('@nestjs/common').INestApplicationContext): Promise<void> =>
    clearCounters(app);

  export async function use(counters: CounterService, metering: MeteringService): Promise<void> {
    await counters.incr('a', number, { idempotencyKey: text, updateInterval: number, windows: missing });
    await counters.incrMany([{ name: 'a', delta: number, idempotencyKey: text }]);
    await counters.tryIncr('a', 1, { max: number, min: number });
    await counters.list({ prefix: text, limit: number, after: missing, order: missing });
    await metering.record('c', number, { dimensions: { tenant: 'a' }, combinations: missing });
    await metering.consume('q', { limit: 1, window: missing, dimensions: missing, delta: number });
    // @ts-expect-error a promise of a number is no string: types that did not resolve would be \`any\`
    const wrong: string = counters.getCount('a');
    void wrong;
  }

  export class Controller {
    @CountCalls({ name: 'calls', dimensions: missing, windows: missing })
    @Quota({ name: 'quota', limit: 1, window: missing, dimensions: missing })
    call(): void {}
  }

  export const listen = (events: CounterEvents): CounterEvents =>
    events.on('outage', ({ of }) => void of);
`;

const flags = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: 'es2020',
  lib: ['es2020'],
  types: ['node'],
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  esModuleInterop: true,
  // node10 is on its way out of TypeScript
  ignoreDeprecations: '6.0',
};

let examples: string[];

beforeAll(async () => {
  const modules = join(project, 'node_modules');
  await mkdir(modules, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  // as an installed package: a package that imports itself by its name is beyond node10
  await symlink(root, join(modules, 'nestjs-fastcounter'));
  await writeFile(join(project, 'consumer.ts'), consumer);
  const written = await writeExamples(findExamples(), project);
  examples = [...written.keys()];
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** What the compiler says of our own declarations and of the users' files. */
function problemsOf(files: readonly string[], resolution: object): string[] {
  const { options, errors } = ts.convertCompilerOptionsFromJson({ ...flags, ...resolution }, root);
  const program = ts.createProgram(files, { ...options, noEmit: true });
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => files.includes(fileName) || isDeclaration(fileName));
  expect(ours.length).toBeGreaterThan(files.length);
  // nobody need install what carries the queues for its types
  const optional = /\/node_modules\/(@nestjs\/)?bull(mq)?\//;
  expect(program.getSourceFiles().filter(({ fileName }) => optional.test(fileName))).toEqual([]);
  const found = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...ours.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ];
  return found.map(
    ({ file, messageText }) =>
      `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}

const isDeclaration = (file: string): boolean => file.startsWith(join(root, 'dist') + sep);

describe("users' settings of TypeScript", () => {
  test.each([
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'commonjs', moduleResolution: 'node10' },
  ])('may be as strict as they come: $moduleResolution', (resolution) => {
    expect(problemsOf([join(project, 'consumer.ts')], resolution)).toEqual([]);
  });

  test('compile every example of the documents: nodenext', () => {
    const resolution = { module: 'nodenext', moduleResolution: 'nodenext' };
    expect(problemsOf([join(project, 'consumer.ts'), ...examples], resolution)).toEqual([]);
  });
});
