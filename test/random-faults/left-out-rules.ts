import { randomUUID } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyModules } from '../support/processes/copy-modules.js';

/** A rule of the protocol, as it stands in the built package. */
export interface Rule {
  file: string;
  text: string;
  instead: string;
}

const RULES = {
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

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];

export interface Build {
  /** A program like that of `CountingProcess`, on this build. */
  program: string;
  remove: () => Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = 'nestjs-fastcounter';

/** A copy of the built package without one rule, and of the program that uses it. */
export const buildWithout = (name: RuleName): Promise<Build> => buildWith(name, RULES[name]);

/** The same with a change of any kind, under a name. */
export async function buildWith(name: string, change: Rule): Promise<Build> {
  // below the project, so that everything else is found where it is
  const directory = join(ROOT, '.tmp', `${name}-${randomUUID().slice(0, 8)}`);
  const copy = join(directory, 'node_modules', PACKAGE);
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    await cp(join(ROOT, 'test', 'support', 'processes'), directory, { recursive: true });
    // a scope of its own: within the project, the package's name means the project
    await writeFile(join(directory, 'package.json'), '{}');
    await leaveOut(change, await copyModules(copy));
  } catch (error) {
    await remove();
    throw error;
  }
  return { program: join(directory, 'counting-main.mjs'), remove };
}

async function leaveOut({ file, text, instead }: Rule, modules: string): Promise<void> {
  const path = join(modules, file);
  const source = await readFile(path, 'utf8');
  const parts = source.split(text);
  if (parts.length !== 2) {
    throw new Error(`"${text}" is ${parts.length - 1} times in ${file}: once was expected`);
  }
  await writeFile(path, parts.join(instead));
}
