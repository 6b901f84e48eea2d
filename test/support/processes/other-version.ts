import { cp, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyModules } from './copy-modules.js';
import { readScriptTexts, writeScriptTexts } from '../../../scripts/script-texts.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The program of a process with another version of the package. */
export interface OtherVersion {
  program: string;
  directory: string;
}

/**
 * A copy of the package as it is built, and of the program that uses it, inside of this project, whose
 * dependencies both find. All scripts have other digests, and one does more after a statement.
 */
export async function copyVersion(
  script: string,
  after: string,
  statements: readonly string[],
): Promise<OtherVersion> {
  await mkdir(join(root, '.tmp'), { recursive: true });
  const directory = await mkdtemp(join(root, '.tmp', 'version-'));
  const copy = join(directory, 'node_modules', 'nestjs-fastcounter');
  // in a scope of its own: in this one the package's name means this version
  await writeFile(join(directory, 'package.json'), '{ "private": true }');
  const modules = await copyModules(copy);
  const texts = readScriptTexts();
  const changed = texts[script]?.replace(after, [after, ...statements].join('\n'));
  if (changed === undefined || changed === texts[script]) {
    throw new Error(`${script}.lua has no "${after}"`);
  }
  for (const [name, text] of Object.entries({ ...texts, [script]: changed })) {
    texts[name] = `-- another version\n${text}`;
  }
  writeScriptTexts(texts, modules);
  for (const file of await readdir(here)) {
    if (file.endsWith('.mjs')) await cp(join(here, file), join(directory, file));
  }
  return { program: join(directory, 'counting-main.mjs'), directory };
}
