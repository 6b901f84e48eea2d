import { readdirSync } from 'node:fs';
import { cruise, format } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTypeScriptConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { root } from './run.mjs';

// A cruise that finds no module, or cannot read TypeScript, is green as well: so count.
const fewestModules = 20;
// A folder that holds more is several rooms.
const mostFiles = 12;

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

const lengths = new Map();
for (const entry of readdirSync('lib', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  lengths.set(entry.parentPath, (lengths.get(entry.parentPath) ?? 0) + 1);
}
for (const [folder, length] of lengths) {
  if (length <= mostFiles) continue;
  console.error(`${folder} has ${length} files: more than ${mostFiles} need folders inside`);
  process.exitCode = 1;
}
