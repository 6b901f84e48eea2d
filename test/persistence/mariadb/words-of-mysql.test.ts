import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../lib/database', import.meta.url));

/** Reserved by MySQL 8.4 or 9, and not by MariaDB: https://dev.mysql.com/doc/refman/9.7/en/keywords.html */
const RESERVED = new Set(
  `cube cume_dist dense_rank empty first_value function generated get groups grouping io_after_gtids
  io_before_gtids json_table lag last_value lateral lead library manual master_bind nth_value ntile of
  optimizer_costs parallel percent_rank qualify rank row_number stored system tablesample virtual`.split(
    /\s+/,
  ),
);

/** The suite of the port runs on MariaDB in `npm test`, and on MySQL in the matrix alone. */
test('no statement calls anything by a word that MySQL reserves', async () => {
  const all = await readdir(folder, { recursive: true });
  const files = all.filter((file) => file.endsWith('.ts') && !/postgres|sqlite/.test(file));
  const found: string[] = [];
  let aliases = 0;
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const [, word = ''] of text.matchAll(/\bAS ([a-z_]+)\b/g)) {
      aliases++;
      if (RESERVED.has(word)) found.push(`${file}: ${word}`);
    }
  }
  expect(aliases).toBeGreaterThan(50);
  expect(found).toEqual([]);
});
