import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * The Lua files below this folder by name, for who runs these sources. The build puts a module that holds the
 * texts in the place of this one (scripts/script-texts.mjs): the package reads no file at run time, so that
 * a bundle of one file is enough.
 */
export const SCRIPT_TEXTS: Readonly<Record<string, string>> = readTexts();

function readTexts(): Record<string, string> {
  const directory = new URL('./', import.meta.url);
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.lua'))
      .map((file) => [basename(file, '.lua'), readFileSync(new URL(file, directory), 'utf8')]),
  );
}
