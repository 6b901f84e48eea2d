// Constant load on real processes, Redis and PostgreSQL, and what grows under it: test/soak.
//
//   npm run soak -- --minutes 30
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { buildLibrary } from './build.mjs';
import { root } from './run.mjs';

/** Below, the windows that are compared would overlap. */
const SHORTEST = 2;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!Number.isFinite(minutes) || minutes < SHORTEST) {
  throw new TypeError(`--minutes must be a number from ${SHORTEST}, not ${values.minutes}`);
}

const directory = join(root, '.tmp', 'soak');
mkdirSync(directory, { recursive: true });
await buildLibrary();
// Node 20 reads no TypeScript
const { module } = await runnerImport(join(root, 'test', 'soak', 'main.ts'), {
  root,
  configFile: false,
  logLevel: 'error',
});
process.exit((await module.main({ minutes, directory })) ? 0 : 1);
