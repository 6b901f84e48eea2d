import { table } from '../output/table.js';
import type { ExitStatus, Verb } from '../verb.js';
import type { Check } from './check.js';
import { databaseChecks } from './database-checks.js';
import { namespaceChecks } from './namespace-checks.js';
import { redisChecks } from './redis-checks.js';

export const doctor: Verb = {
  name: 'doctor',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'Check how Redis, the database and the processes are set up, one line a check.',
  teaches: [
    'Redis: eviction policy, append-only file, memory, clock, rights. Database: version of the schema, rights, settings, clock, connections. ' +
      'Namespace: whether servers and processes belong together.',
    'For the rights in Redis it takes each step of counting on keys of its own, which it removes, as the start of every process does.',
    'Exit status 1: a warning. 2: a check failed.',
  ],
  options: {},
  examples: ['doctor', 'doctor --json'],
  async run({ connect }) {
    const opened = await connect();
    const checks = await Promise.all([
      redisChecks(opened.observer),
      databaseChecks(opened),
      namespaceChecks(opened),
    ]);
    const all = checks.flat();
    const rows = all.map(({ of, state, text, next }) => [
      ...[state, of, next === undefined ? text : `${text}. Do: ${next}`],
    ]);
    return { data: all, text: table(['', 'check', 'found'], rows), exit: exitOf(all) };
  },
};

function exitOf(checks: readonly Check[]): ExitStatus {
  if (checks.some(({ state }) => state === 'fail')) return 2;
  return checks.some(({ state }) => state !== 'ok') ? 1 : 0;
}
