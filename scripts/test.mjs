import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { installDependencies } from './install.mjs';
import { endAs, root, run, step } from './run.mjs';

const selection = process.argv.slice(2);
const report = join(root, '.tmp', 'test-report.json');

await installDependencies();
if (selection.length === 0) {
  await build();
  await Promise.all([step('lint', 'eslint', ['.']), otherChecks()]);
}

rmSync(report, { force: true });
const outcome = await run('tests', 'vitest', [
  ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ...selection,
]);
if (existsSync(report)) console.log(summary(JSON.parse(readFileSync(report, 'utf8'))));
endAs(outcome);

async function otherChecks() {
  await step('formatting', 'prettier', ['--check', '--log-level=warn', '.']);
  await step('fences', 'node', ['scripts/fences.mjs']);
  await step('types', 'tsc', ['--noEmit']);
}

/** A test file that fails before its first test, at an import for instance, counts as one. */
function summary({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return `${numPassedTests} passed, ${numFailedTests + broken.length} failed`;
}
