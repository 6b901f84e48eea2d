// Applications of their own with the packed package: other versions of Nest, TypeORM, cache-manager and Node; and tests of this
// repository on other servers. test/matrix.
//
//   npm run test:matrix [-- oldest]
//   npm run test:matrix -- servers ['MariaDB 10.6']
//
// Installs from the registry, and unpacks servers from the archives of Debian and Ubuntu, which takes root and Linux on x86-64. Writes
// docs/compatibility.md. With a word, only the consumers whose title has it; with `servers`, only the servers whose title has
// the next word.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { buildLibrary } from './build.mjs';
import { installDependencies } from './install.mjs';
import { endAs, root, run } from './run.mjs';

const [word, title] = process.argv.slice(2);
await installDependencies();
await buildLibrary();
if (word === undefined) rmSync(join(root, '.tmp', 'matrix'), { recursive: true, force: true });
const load = async (...path) =>
  (await runnerImport(join(root, 'test', 'matrix', ...path), { root, configFile: false })).module;
let outcome = { code: 0, signal: null };
if (word !== 'servers') {
  process.env.MATRIX = word ?? 'all';
  outcome = await run('matrix', 'vitest', ['run', 'test/matrix']);
  await (await load('compatibility.ts')).writeTable();
}
if (word === undefined || word === 'servers') {
  const isGood = await (await load('servers', 'main.ts')).runOnServers(root, title);
  await (await load('servers', 'results.ts')).writeServers();
  if (!isGood) outcome = { code: 1, signal: null };
}
endAs(outcome);
