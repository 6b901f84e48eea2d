import { existsSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { installDependencies } from './install.mjs';
import { endAs, root, run } from './run.mjs';

const selection = process.argv.slice(2);
const report = join(root, '.tmp', 'test-report.json');

await installDependencies();
const isWhole = selection.length === 0;
if (isWhole) await build();
// beside the tests, which wait for servers most of the time; these come first
const checking = isWhole ? Promise.all([check('lint', 'eslint', ['.']), otherChecks()]) : [];

rmSync(report, { force: true });
const outcome = await run('tests', 'vitest', [
  ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  // `npm run faults` runs what takes longer
  ...(isWhole ? ['--project=alone', '--project=together'] : selection),
]);
const checks = (await checking).flat();
if (existsSync(report)) console.log(summary(JSON.parse(readFileSync(report, 'utf8'))));
endAs([outcome, ...checks].find(({ code }) => code !== 0) ?? outcome);

async function otherChecks() {
  return [
    await check('formatting', 'prettier', ['--check', '--log-level=warn', '.']),
    await check('fences', 'node', ['scripts/fences.mjs']),
    await check('types', 'tsc', ['--noEmit']),
    await check('site', 'node', ['scripts/site.mjs']),
    await check('types of the page', 'tsc', ['--noEmit', '-p', 'lib/dashboard/page']),
  ];
}

/** In the time that the tests leave. */
function check(name, command, args) {
  return run(name, command, args, constants.priority.PRIORITY_BELOW_NORMAL);
}

/** A test file that fails before its first test, at an import for instance, counts as one. */
function summary({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return `${numPassedTests} passed, ${numFailedTests + broken.length} failed`;
}
