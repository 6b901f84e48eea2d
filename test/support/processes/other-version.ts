import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  await cp(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(copy, 'package.json'));
  const scripts = join(copy, 'dist', 'cache', 'redis', 'scripts');
  for (const file of await readdir(scripts)) {
    const source = await readFile(join(scripts, file), 'utf8');
    const changed =
      file === script ? source.replace(after, [after, ...statements].join('\n')) : source;
    if (file === script && changed === source) throw new Error(`${script} has no "${after}"`);
    await writeFile(join(scripts, file), `-- another version\n${changed}`);
  }
  for (const file of await readdir(here)) {
    if (file.endsWith('.mjs')) await cp(join(here, file), join(directory, file));
  }
  return { program: join(directory, 'counting-main.mjs'), directory };
}
