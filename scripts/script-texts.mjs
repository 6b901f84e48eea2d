import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './run.mjs';

const sources = join(root, 'lib', 'cache', 'redis', 'scripts');

/** The Lua scripts of the library by name. */
export function readScriptTexts() {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.lua'),
  );
  return Object.fromEntries(
    files.sort().map((file) => [
      basename(file, '.lua'),
      // as it is in every checkout, whatever line ends Git gives the working tree
      readFileSync(join(sources, file), 'utf8').replaceAll('\r\n', '\n'),
    ]),
  );
}

/** Puts the texts in the place of the module that reads them from disk, in a folder that was built. */
export function writeScriptTexts(texts, built) {
  const entries = Object.entries(texts).map(
    ([name, text]) => `  ${JSON.stringify(name)}: \`${text.replace(/[\\`]|\$\{/g, '\\$&')}\`,\n`,
  );
  const file = join(built, 'cache', 'redis', 'scripts', 'script-texts.js');
  writeFileSync(file, `export const SCRIPT_TEXTS = {\n${entries.join('')}};\n`);
  // it is about the module that was there
  rmSync(`${file}.map`, { force: true });
}
