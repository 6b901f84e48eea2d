// Applications of their own with the packed package: other versions of Nest, TypeORM, cache-manager and Node. test/matrix.
//
//   npm run test:matrix [-- oldest]
//
// Installs from the registry. Writes docs/compatibility.md. With a word, only the consumers whose title has it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { buildLibrary } from './build.mjs';
import { installDependencies } from './install.mjs';
import { endAs, root, run } from './run.mjs';

const [word] = process.argv.slice(2);
await installDependencies();
await buildLibrary();
if (word === undefined) rmSync(join(root, '.tmp', 'matrix'), { recursive: true, force: true });
process.env.MATRIX = word ?? 'all';
const outcome = await run('matrix', 'vitest', ['run', 'test/matrix']);
const file = join(root, 'test', 'matrix', 'compatibility.ts');
const { module } = await runnerImport(file, { root, configFile: false });
await module.writeTable();
endAs(outcome);
