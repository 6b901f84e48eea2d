import { randomUUID } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyModules } from '../support/processes/copy-modules.js';

/** A rule, as it stands in the built package. */
export interface Rule {
  file: string;
  text: string;
  instead: string;
}

/** Rules that random faults show to be left out. */
const SEEN_BY_RANDOM_FAULTS = {
  /** A batch is added whenever it comes. */
  'no-ledger': {
    file: 'database/postgres/statements/batch.js',
    text: '< $3 AS behind',
    instead: '< $3 OR true AS behind',
  },
  /** A call is applied whenever it comes. */
  'no-producer-dedupe': {
    file: 'cache/redis/scripts/script-texts.js',
    text: 'if seq == lastSeq then',
    instead: 'if false then',
  },
  /** Nobody looks for what is overdue. */
  'no-sweeper': {
    file: 'module/engine/upkeep.js',
    text: 'this.sweeper.start();',
    instead: '',
  },
  /** A call is accepted in whatever generation. */
  'no-generation-check': {
    file: 'cache/redis/scripts/script-texts.js',
    text: 'if knownGeneration ~= generation then',
    instead: 'if false then',
  },
} satisfies Record<string, Rule>;

/** Rules that a test of its own shows to be left out. */
const SEEN_BY_A_TEST = {
  /** A row of the outbox is counted as often as it is taken. */
  'no-outbox-key': {
    file: 'counting/outbox/counted-rows.js',
    text: 'row: { id: row.id, notAfter }',
    instead: 'row: { id: `${row.id}:${Math.random()}`, notAfter }',
  },
  /** A counter is taken from its row in one transaction, and given to the outbox in another one. */
  'rename-in-two-steps': {
    file: 'database/sql/batch-applier.js',
    text: 'await this.beside.outbox.insert(connection, counters, rows);',
    instead: `setTimeout(() => this.database.step((it) => this.beside.outbox.insert(it, counters, rows)), 500);`,
  },
  /** Columns of the application are written in a transaction of their own. */
  'columns-outside': {
    file: 'database/sql/batch-applier.js',
    text: 'this.beside.columns.add(connection, counted, renew)',
    instead: 'this.database.transaction((it) => this.beside.columns.add(it, counted, renew))',
  },
  'closed months take what came too late': {
    file: 'database/closing/sql-closings.js',
    text: 'await this.query(it, (w) => insertLate(w, taken));',
    instead:
      'await closedRows.correct(it, taken); await this.query(it, (w) => insertLate(w, taken));',
  },
  'months that were billed are moved': {
    file: 'database/closing/sql-closed-rows.js',
    text: 'return staying(batch, await this.closedAmong(connection, movedParts(batch)));',
    instead: 'return batch;',
  },
  'refunds go to the present month': {
    file: 'metering/service/quota-taker.js',
    text: 'return attempt?.undo();',
    instead: `{
      const madeAt = Date.now();
      const { window: kept, own } = boundTo(window, madeAt);
      const back = { name: counter, delta: -delta, windows: kept && [kept], own, madeAt };
      return this.parts.buffer.enter(back, 1000).acknowledged;
    }`,
  },
  'quotas let one more through': {
    file: 'metering/service/quota-taker.js',
    text: 'String(lowest.reduce((a, b) => (a < b ? a : b)))',
    instead: 'String(lowest.reduce((a, b) => (a < b ? a : b)) + 1n)',
  },
  'thresholds are told by two processes': {
    file: 'metering/service/thresholds.js',
    text: "max: '1'",
    instead: "max: '2'",
  },
  'usage leaves out what waits': {
    file: 'reading/usage/usage-reader.js',
    text: 'const added = batchCounts ? plus(pending, claimed) : pending;',
    instead: 'const added = 0;',
  },
} satisfies Record<string, Rule>;

const RULES = { ...SEEN_BY_RANDOM_FAULTS, ...SEEN_BY_A_TEST };

export type RuleName = keyof typeof RULES;
export type SeenRule = keyof typeof SEEN_BY_RANDOM_FAULTS;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];
export const SEEN_RULES = Object.keys(SEEN_BY_RANDOM_FAULTS) as SeenRule[];

export interface Build {
  /** A program like that of `CountingProcess`, on this build. */
  program: string;
  remove: () => Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = 'nestjs-fastcounter';

/** A copy of the built package without one rule, and of the program that uses it. */
export async function buildWithout(name: RuleName): Promise<Build> {
  // below the project, so that everything else is found where it is
  const directory = join(ROOT, '.tmp', `${name.replaceAll(' ', '-')}-${randomUUID().slice(0, 8)}`);
  const copy = join(directory, 'node_modules', PACKAGE);
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    await cp(join(ROOT, 'test', 'support', 'processes'), directory, { recursive: true });
    // a scope of its own: within the project, the package's name means the project
    await writeFile(join(directory, 'package.json'), '{}');
    await leaveOut(RULES[name], await copyModules(copy));
  } catch (error) {
    await remove();
    throw error;
  }
  return { program: join(directory, 'counting-main.mjs'), remove };
}

async function leaveOut(rule: Rule, modules: string): Promise<void> {
  const changed = await without(rule, modules);
  await writeFile(join(modules, rule.file), changed);
}

/** Throws where the built package does not have the rule. */
export async function expectRule(name: RuleName): Promise<void> {
  await without(RULES[name], join(ROOT, 'dist', 'modules'));
}

/** The text of the rule's file without it. */
async function without({ file, text, instead }: Rule, modules: string): Promise<string> {
  const source = await readFile(join(modules, file), 'utf8');
  const parts = source.split(text);
  if (parts.length === 2) return parts.join(instead);
  throw new Error(`"${text}" is ${parts.length - 1} times in ${file}: once was expected`);
}
