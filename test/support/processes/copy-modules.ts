import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A copy of the package as the modules that its bundles are made of: one can be changed. Answers their folder. */
export async function copyModules(copy: string): Promise<string> {
  const modules = join(copy, 'modules');
  await mkdir(copy, { recursive: true });
  await cp(join(root, 'dist', 'modules'), modules, { recursive: true });
  const description = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  const changed = { ...description, exports: './modules/index.js' };
  await writeFile(join(copy, 'package.json'), JSON.stringify(changed));
  return modules;
}
