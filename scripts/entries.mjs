import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/**
 * The entry points of the package: the files of the build, without `.js`, each with its module in `dist/modules`. One of `exports` in
 * package.json has the module whose types it has: `./testing` with the types `dist/types/testing/index.d.ts` is `testing`, from
 * `testing/index.js`.
 */
export const entries = exported();

/** The same of what is run and nobody imports: `bin` in package.json. */
export const programs = { cli: 'cli/main.js' };

function exported() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const ways = Object.values(exports).flatMap((entry) => entry.import ?? []);
  return Object.fromEntries(
    ways.map(({ types, default: file }) => [
      file.replace(/^\.\/dist\/(.+)\.js$/, '$1'),
      types.replace(/^\.\/dist\/types\/(.+)\.d\.ts$/, '$1.js'),
    ]),
  );
}
