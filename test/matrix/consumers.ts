/** An application before this package comes in, and how it comes in. */
export interface Stack {
  /** What the application has, by exact versions: nothing of that may change. */
  readonly pinned: Readonly<Record<string, string>>;
  /** What is installed with this package. */
  readonly line: readonly string[];
  /** What carries the queues; `none` is the embedded mode. @default 'bull' */
  readonly queues?: 'bull' | 'bullmq' | 'none';
}

/** One way to use a stack: what is run there. */
export interface Consumer {
  readonly stack: keyof typeof STACKS;
  readonly modules: 'CommonJS' | 'ES modules';
  readonly run: 'node' | 'jest' | 'vitest';
  /** @default that of this process */
  readonly node?: string;
  /** It counts embedded, on a file of SQLite by this driver. @default with Redis, on PostgreSQL */
  readonly sqlite?: 'better-sqlite3' | 'sqljs';
  /** Whether it is in the short form, which `npm test` has. */
  readonly short?: true;
}

const nest = (version: string, others: { testing?: string; typeorm: string }) => ({
  '@nestjs/common': version,
  '@nestjs/core': version,
  '@nestjs/platform-express': version,
  '@nestjs/testing': others.testing ?? version,
  '@nestjs/typeorm': others.typeorm,
});
const COMMON = {
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  typescript: '5.9.3',
  '@types/node': '20.19.43',
};
const USUAL = { ...COMMON, pg: '8.23.1' };
const ON_NEST_11 = nest('11.2.10', { testing: '11.2.6', typeorm: '11.0.3' });
const NEST_11 = { ...USUAL, ...ON_NEST_11 };
const NEST_12 = { ...USUAL, ...nest('12.5.1', { testing: '12.1.1', typeorm: '12.0.2' }) };
const BULLMQ = "BullMQ instead of Bull, with the option queue: { driver: 'bullmq' }";
/** The install lines of README.md, behind the name of this package. */
export const LINES = {
  'Nest 12': ['@nestjs/bull@12', 'bull@4'],
  'Nest 11': ['@nestjs/bull@11', 'bull@4'],
  [BULLMQ]: ['bullmq'],
  'embedded, without queues': [],
} as const;

export const STACKS = {
  usual: {
    pinned: { ...NEST_11, typeorm: '0.3.31', jest: '30.5.2', 'ts-jest': '29.4.15' },
    line: LINES['Nest 11'],
  },
  /** The lowest versions of the ranges of `peerDependencies`; `between` and `mixed` have those of the other parts. */
  oldest: {
    pinned: {
      ...USUAL,
      ...nest('11.0.0', { typeorm: '11.0.0' }),
      '@nestjs/bull': '11.0.0',
      bull: '4.16.0',
      'cache-manager': '6.4.2',
      'reflect-metadata': '0.2.0',
      rxjs: '7.8.0',
      typeorm: '0.3.20',
      '@nestjs/terminus': '11.0.0',
      '@opentelemetry/api': '1.9.0',
      'prom-client': '15.1.0',
    },
    line: [],
  },
  between: {
    pinned: { ...NEST_11, typeorm: '1.1.0', 'cache-manager': '7.2.0' },
    line: ['@nestjs/bull@11', 'bull@4'],
  },
  /** ESLint brings keyv 4, which stands where `@keyv/redis` would look for keyv 5. */
  linted: {
    pinned: { ...NEST_11, typeorm: '0.3.31', eslint: '9.39.1', keyv: '4.5.4' },
    line: LINES['Nest 11'],
  },
  latest: {
    pinned: { ...NEST_12, typeorm: '1.1.1', vitest: '4.1.12', vite: '8.3.8' },
    line: LINES['Nest 12'],
  },
  mixed: {
    pinned: {
      ...USUAL,
      ...nest('12.0.1', { typeorm: '12.0.2' }),
      '@nestjs/bull': '12.0.0',
      '@nestjs/terminus': '12.1.0',
      'prom-client': '15.1.3',
      typeorm: '0.3.31',
      'cache-manager': '6.4.3',
    },
    line: ['bull@4'],
  },
  /** With the checks of `nestjs-fastcounter/health` and the metrics; `oldest` and `mixed` have them, too. */
  observed: {
    pinned: {
      ...NEST_11,
      typeorm: '0.3.31',
      '@nestjs/terminus': '11.1.1',
      'prom-client': '15.1.3',
    },
    line: LINES['Nest 11'],
  },
  embedded: {
    pinned: { ...NEST_11, typeorm: '0.3.31' },
    line: LINES['embedded, without queues'],
    queues: 'none',
  },
  bullmq: {
    pinned: {
      ...NEST_11,
      typeorm: '0.3.31',
      '@nestjs/bullmq': '11.0.0',
      bullmq: '5.58.0',
    },
    line: [],
    queues: 'bullmq',
  },
  /** With @nestjs/bullmq, whose decorator finds the queues, and its first version for Nest 12. */
  bullmqLatest: {
    pinned: { ...NEST_12, typeorm: '1.1.1', '@nestjs/bullmq': '12.0.0', bullmq: '6.0.3' },
    line: [],
    queues: 'bullmq',
  },
  bullmqAlone: {
    pinned: { ...NEST_12, typeorm: '1.1.1' },
    line: LINES[BULLMQ],
    queues: 'bullmq',
  },
  /** Without any server. */
  sqlite: {
    pinned: {
      ...COMMON,
      ...ON_NEST_11,
      typeorm: '0.3.31',
      'better-sqlite3': '12.11.1',
      'sql.js': '1.16.0',
    },
    line: LINES['embedded, without queues'],
    queues: 'none',
  },
  /** The lowest version of TypeORM, and drivers of its time: it refuses later ones of better-sqlite3. */
  sqliteOldest: {
    pinned: {
      ...COMMON,
      ...nest('11.0.0', { typeorm: '11.0.0' }),
      typeorm: '0.3.20',
      'better-sqlite3': '9.6.0',
      'sql.js': '1.8.0',
    },
    line: LINES['embedded, without queues'],
    queues: 'none',
  },
} as const satisfies Record<string, Stack>;

/** The versions of Node that consumers have beside that of this process. */
export const NODES = ['20.19.5', '22.23.3', '24.21.0'] as const;

export const CONSUMERS: readonly Consumer[] = [
  { stack: 'usual', modules: 'CommonJS', run: 'jest', short: true },
  { stack: 'latest', modules: 'ES modules', run: 'vitest', short: true },
  { stack: 'oldest', modules: 'CommonJS', run: 'node' },
  { stack: 'oldest', modules: 'ES modules', run: 'node' },
  { stack: 'between', modules: 'CommonJS', run: 'node' },
  { stack: 'between', modules: 'ES modules', run: 'node' },
  { stack: 'linted', modules: 'CommonJS', run: 'node' },
  { stack: 'linted', modules: 'ES modules', run: 'node' },
  { stack: 'mixed', modules: 'CommonJS', run: 'node' },
  { stack: 'mixed', modules: 'ES modules', run: 'node' },
  { stack: 'usual', modules: 'ES modules', run: 'jest' },
  ...NODES.map((node) => ({ stack: 'usual', modules: 'CommonJS', run: 'node', node }) as const),
  ...NODES.map((node) => ({ stack: 'latest', modules: 'ES modules', run: 'node', node }) as const),
  ...NODES.map((node) => ({ stack: 'latest', modules: 'CommonJS', run: 'node', node }) as const),
  { stack: 'usual', modules: 'ES modules', run: 'node' },
  { stack: 'observed', modules: 'CommonJS', run: 'node' },
  { stack: 'observed', modules: 'ES modules', run: 'node' },
  { stack: 'embedded', modules: 'CommonJS', run: 'node' },
  { stack: 'embedded', modules: 'ES modules', run: 'node' },
  { stack: 'bullmq', modules: 'CommonJS', run: 'node' },
  { stack: 'bullmq', modules: 'ES modules', run: 'node' },
  { stack: 'bullmqLatest', modules: 'ES modules', run: 'node' },
  { stack: 'bullmqAlone', modules: 'CommonJS', run: 'node' },
  { stack: 'bullmqAlone', modules: 'ES modules', run: 'node' },
  { stack: 'sqlite', modules: 'CommonJS', run: 'node', sqlite: 'better-sqlite3' },
  { stack: 'sqlite', modules: 'ES modules', run: 'node', sqlite: 'sqljs' },
  { stack: 'sqliteOldest', modules: 'CommonJS', run: 'node', sqlite: 'better-sqlite3' },
  { stack: 'sqliteOldest', modules: 'ES modules', run: 'node', sqlite: 'sqljs' },
];

export const titleOf = ({ stack, modules, run, node, sqlite }: Consumer): string =>
  [stack, modules, node === undefined ? run : `${run} ${node}`, sqlite ?? '']
    .filter(Boolean)
    .join(', ');
