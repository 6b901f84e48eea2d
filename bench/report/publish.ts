import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { capacityParts } from '../capacity/tables.js';
import { OURS } from '../questions/peers.js';
import { questions } from '../questions/index.js';
import { toSvg } from './plot.js';
import { ratiosTable } from './ratios.js';
import type { QuestionResult, Result } from './result.js';
import { contestantsTable, targetsTable, toMarkdown } from './tables.js';

const PAGES = ['docs/performance.md', 'docs/capacity.md', 'README.md'];
const FOLDER = 'docs/performance';

/**
 * Fills the pages with a result: the parts between `<!-- bench:name -->` and `<!-- /bench -->`. One of `--slow` fills
 * `slow-machine` and `slow-targets`, and nothing else. `only`: a page that is filled alone, with the questions that were
 * measured. Some questions alone take their places in the result that was published before.
 */
export async function publish(measured: Result, root: string, only?: string): Promise<void> {
  if (only !== undefined && !PAGES.includes(only)) {
    throw new TypeError(`--page takes one of ${PAGES.join(', ')}, not ${only}`);
  }
  const folder = join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  const slow = measured.machine.limit !== undefined;
  const file = join(folder, slow ? 'result-slow.json' : 'result.json');
  const result = only === undefined ? beside(measured, file) : measured;
  const parts = new Map([
    [slow ? 'slow-machine' : 'machine', machine(result)],
    [slow ? 'slow-targets' : 'targets', toMarkdown(targetsTable(allTargets(result)))],
  ]);
  if (!slow) {
    parts.set('ratios', ratiosTable(result));
    addQuestions(parts, result, folder);
  }
  for (const [name, part] of capacityParts()) parts.set(name, part);
  for (const page of only === undefined ? PAGES : [only]) await fill(join(root, page), parts);
  if (only !== undefined) return;
  await write(file, JSON.stringify(result));
}

/** What was published before with these questions in it, each with its run; a result of as many questions as it is. */
function beside(measured: Result, file: string): Result {
  if (!existsSync(file)) return measured;
  const published = JSON.parse(readFileSync(file, 'utf8')) as Result;
  const isWhole = Object.keys(published.questions).every((name) => name in measured.questions);
  if (isWhole) return measured;
  const { date, commit, command, rounds, machine: m } = measured;
  const found = Object.entries(measured.questions).map(([name, question]) => [
    name,
    { ...question, apart: { date, commit, command, rounds, machine: m } },
  ]);
  const versions = { ...measured.versions, ...published.versions };
  const all = { ...published.questions, ...Object.fromEntries(found) } as Result['questions'];
  return { ...published, versions, questions: all };
}

async function fill(page: string, parts: ReadonlyMap<string, string>): Promise<void> {
  const filled = readFileSync(page, 'utf8').replace(
    /(<!-- bench:([\w-]+) -->).*?(<!-- \/bench -->)/gs,
    (whole, begin: string, name: string, end: string) => {
      const part = parts.get(name);
      return part === undefined ? whole : `${begin}\n\n${part}\n\n${end}`;
    },
  );
  await write(page, filled);
}

function addQuestions(parts: Map<string, string>, result: Result, folder: string): void {
  for (const { name, columns, plot } of questions) {
    const found = result.questions[name];
    if (found === undefined) continue;
    const table = [toMarkdown(contestantsTable(found, columns)), ...runApart(found)].join('\n\n');
    if (plot === undefined) {
      parts.set(name, table);
      continue;
    }
    writeFileSync(join(folder, `${name}.svg`), toSvg(found, plot, OURS));
    parts.set(name, `![${found.title}](performance/${name}.svg)\n\n${table}`);
  }
}

const runApart = ({ apart }: QuestionResult): string[] =>
  apart === undefined
    ? []
    : [
        `Measured apart from the others: \`${apart.command}\`, ${apart.rounds} rounds, ${apart.date.slice(0, 10)}, commit ${apart.commit}, ` +
          `${apart.machine.processor}, ${apart.machine.cores} cores, load before: ${apart.machine.load}.`,
      ];

/** Without what is told and has no bound. */
const allTargets = ({ questions: all }: Result) =>
  Object.values(all)
    .flatMap((question) => question.targets)
    .filter(({ atLeast, atMost }) => (atLeast ?? atMost) !== undefined);

function machine({ date, commit, command, rounds, seconds, machine: m, versions }: Result): string {
  const cores =
    m.limit === undefined ? `${m.cores} cores` : `limited to 0.4 of ${m.cores} cores (\`--slow\`)`;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- **Machine**: ${m.processor}, ${cores}, ${m.memory}, ${m.system}; load before: ${m.load}`,
    `- **Versions**: Node ${m.node}, ${packages.join(', ')}`,
    `- **Run**: \`${command}\`, ${rounds} rounds, ${seconds} s, ${date.slice(0, 10)}, commit ${commit}`,
  ].join('\n');
}

async function write(file: string, text: string): Promise<void> {
  const options = await resolveConfig(file);
  writeFileSync(file, await format(text, { ...options, filepath: file }));
}
