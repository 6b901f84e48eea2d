import { cruise, format } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTypeScriptConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { root } from './run.mjs';

// A cruise that finds no module, or cannot read TypeScript, is green as well: so count.
const fewestModules = 20;

process.chdir(root);
const { output: result } = await cruise(
  ['lib', 'sample-app/src'],
  await extractOptions('./.dependency-cruiser.mjs'),
  undefined,
  { tsConfig: extractTypeScriptConfig('./tsconfig.json') },
);
const { output: report } = await format(result, { outputType: 'err' });
console.log(report.trim());

const library = result.modules.filter((module) => module.source.startsWith('lib/'));
const dependencies = library.flatMap((module) => module.dependencies);
console.log(`lib: ${library.length} modules, ${dependencies.length} dependencies`);
if (library.length < fewestModules || dependencies.length === 0) {
  console.error(`Fences are not checked: expected ${fewestModules} modules in lib at least`);
  process.exitCode = 1;
}
if (result.summary.error > 0) process.exitCode = 1;
