import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { beside } from './beside.js';
import { commit, describeMachine, packageVersions } from './machine.js';
import { expectLimit } from './measure/limit.js';
import { measure, type RoundsOptions } from './measure/rounds.js';
import { forTargets, type Question } from './question.js';
import { questions } from './questions/index.js';
import { profilesSince, profileTable } from './report/profile.js';
import { publish } from './report/publish.js';
import { evaluate, type Result } from './report/result.js';
import { contestantsTable, targetsTable, toText } from './report/tables.js';
import { startServers } from './servers/servers.js';

const USAGE = `npm run bench -- [question …] [options]

  --rounds <n>         rounds, each contestant once in each (5)
  --quick              two short rounds: to see that it works, not for numbers
  --without-mariadb    leave out the peers on MariaDB
  --only <text>        only contestants whose label contains this, or the next one
  --beside <checkout>  this package also as it was built in another checkout: what a change did
  --slow               on two processors at a fifth each, where the system lets this be limited (Linux, as root)
  --targets            only contestants that a target is about
  --output <file>      where the result goes (bench/results/<date>.json)
  --profile            CPU profiles of this package, in bench/results/profiles
  --node-option <o>    an option of Node for the processes of this package
  --publish            fill docs/performance.md with the result
  --page <file>        fill only this page, such as docs/capacity.md, with what was measured
  --from <file>        with this result: nothing is measured
  --list               the questions
`;

const ROUNDS = 5;
const QUICK = { rounds: 2, pace: 0.4 };

/** Measures what was asked, prints it, and writes it to a file. */
export async function runBench(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'without-mariadb': { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      beside: { type: 'string' },
      targets: { type: 'boolean', default: false },
      output: { type: 'string' },
      profile: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      page: { type: 'string' },
      from: { type: 'string' },
      'node-option': { type: 'string', multiple: true, default: [] },
      slow: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (values.list) {
    console.log(questions.map(({ name, title }) => `${name}: ${title}`).join('\n'));
    return;
  }
  const root = process.cwd();
  if (values.from !== undefined) {
    await publish(JSON.parse(readFileSync(values.from, 'utf8')) as Result, root, values.page);
    return;
  }
  const asked = select(positionals, values.slow)
    .map((question) => (values.targets ? forTargets(question) : question))
    .map((question) => withContestants(question, values.only))
    .map((question) => (values.beside === undefined ? question : beside(question, values.beside)));
  const mariadb =
    !values['without-mariadb'] &&
    asked.some(({ contestants }) => contestants.some(({ needs }) => needs === 'mariadb'));
  const options: RoundsOptions = {
    rounds:
      values.rounds === undefined ? (values.quick ? QUICK.rounds : ROUNDS) : Number(values.rounds),
    pace: values.quick ? QUICK.pace : 1,
    mariadb,
    nodeOptions: [...values['node-option'], ...(values.profile ? profiling(root) : [])],
    onProgress: progress,
  };
  if (!Number.isSafeInteger(options.rounds) || options.rounds < 1) {
    throw new TypeError(`--rounds must be a whole number above 0, not ${values.rounds ?? ''}`);
  }

  const started = Date.now();
  const result: Result = {
    date: new Date().toISOString(),
    commit: commit(root),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    rounds: options.rounds,
    machine: describeMachine(values.slow ? expectLimit() : undefined),
    versions: packageVersions(root),
    seconds: 0,
    questions: {},
  };
  const file = values.output ?? resultFile(root, result.date);
  const write = (): void => {
    result.seconds = Math.round((Date.now() - started) / 1000);
    writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  };
  const servers = await startServers({ mariadb });
  console.log(
    `Process ids: ${Object.entries(servers.pids)
      .map(([name, pid]) => `${name} ${pid}`)
      .join(', ')}`,
  );
  try {
    for (const question of asked) {
      console.log(`\n== ${question.name}: ${question.title}`);
      const asking = { ...options, rounds: roundsOf(question, options) };
      const measured = await measure(question, servers, asking).catch((error: unknown) => {
        // the others are worth measuring all the same
        console.error(`${question.name} was not measured:`, error);
        process.exitCode = 1;
      });
      if (measured === undefined) continue;
      const evaluated = evaluate(question, measured, values.slow);
      progress('');
      result.questions[question.name] = evaluated;
      // what was measured stays, whatever happens to the next question
      write();
      console.log(toText(contestantsTable(evaluated, question.columns)));
      if (evaluated.targets.length > 0) console.log(`\n${toText(targetsTable(evaluated.targets))}`);
    }
    Object.assign(result.versions, servers.versions);
  } finally {
    await servers.stop();
  }
  write();
  summarizeTargets(result);
  if (values.profile) {
    for (const file of profilesSince(profileDirectory(root), started)) {
      console.log(`\n== ${file}\n${toText(profileTable(file))}`);
    }
  }
  if (values.publish || values.page !== undefined) await publish(result, root, values.page);
  console.log(`\n${result.seconds} s, written to ${file}`);
}

const roundsOf = (question: Question, { rounds }: RoundsOptions): number =>
  Math.min(rounds, question.rounds ?? rounds);

function select(names: readonly string[], slow: boolean): Question[] {
  const unknown = names.filter((name) => !questions.some((question) => question.name === name));
  if (unknown.length > 0) {
    const known = questions.map(({ name }) => name).join(', ');
    throw new TypeError(`There is no question "${unknown.join('", "')}"; there are ${known}`);
  }
  return questions.filter(({ name, tooMuchForSlow = false }) =>
    names.length === 0 ? !(slow && tooMuchForSlow) : names.includes(name),
  );
}

function withContestants(question: Question, only: readonly string[] | undefined): Question {
  if (only === undefined) return question;
  const contestants = question.contestants.filter(({ label }) =>
    only.some((text) => label.includes(text)),
  );
  return { ...question, contestants };
}

function summarizeTargets({ questions }: Result): void {
  const targets = Object.values(questions).flatMap((question) => question.targets);
  if (targets.length === 0) return;
  console.log(`\n== targets\n${toText(targetsTable(targets))}`);
}

/** On one line of a terminal; line by line elsewhere. */
function progress(text: string): void {
  if (!process.stdout.isTTY) return;
  process.stdout.write(`\r\u001b[K${text}`);
}

const profileDirectory = (root: string): string => join(root, 'bench', 'results', 'profiles');

function profiling(root: string): string[] {
  const directory = profileDirectory(root);
  mkdirSync(directory, { recursive: true });
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`];
}

function resultFile(root: string, date: string): string {
  const directory = join(root, 'bench', 'results');
  mkdirSync(directory, { recursive: true });
  return join(directory, `${date.replaceAll(':', '-').slice(0, 19)}.json`);
}
