import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadScripts, type Script } from '../../lib/cache/redis/scripts/scripts.js';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

describe('the built package', () => {
  test('runs the same scripts as its sources', async () => {
    const module: unknown = await import(
      pathToFileURL(join(dist, 'modules', 'cache', 'redis', 'scripts', 'scripts.js')).href
    );
    const built = (module as { loadScripts: () => Record<string, Script> }).loadScripts();
    expect(built).toEqual(loadScripts());
  });

  test('reads no file of its own at run time', async () => {
    const files = await readdir(dist, { recursive: true });
    expect(files.filter((file) => file.endsWith('.lua'))).toEqual([]);
    const readers: string[] = [];
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      // the command line reads the files that it is told to
      if (/^(modules\/)?cli\b|by-url\//.test(file)) continue;
      const text = await readFile(join(dist, file), 'utf8');
      if (/\bimport\.meta\b|['"](node:)?fs(\/promises)?['"]|__dirname|createRequire/.test(text)) {
        readers.push(file);
      }
    }
    expect(readers).toEqual([]);
  });
});
