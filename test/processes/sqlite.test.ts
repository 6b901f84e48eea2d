import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { betterSqlite3, betterSqlite3Path, ownSqlite, sqliteFile } from '../support/sqlite.js';

const main = fileURLToPath(new URL('../support/processes/sqlite-main.mjs', import.meta.url));

describe.skipIf(betterSqlite3 === undefined)('an embedded process on better-sqlite3', () => {
  test('that is killed has lost nothing of what was persisted, and its file is whole', async () => {
    const file = sqliteFile();
    let total = 0;
    for (const kills of [3, 20, 40]) {
      const child = spawn(process.execPath, [main, betterSqlite3Path, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let persisted = 0;
      for await (const line of createInterface(child.stdout)) {
        persisted = Number(line);
        if (persisted === kills) child.kill('SIGKILL');
      }
      if (child.signalCode === null) await once(child, 'exit');
      const dataSource = await ownSqlite('better-sqlite3', { file });
      expect(await dataSource.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      const [row] = await dataSource.query<{ value: number }[]>(
        `SELECT value FROM fast_counter WHERE name = 'killed'`,
      );
      await dataSource.destroy();
      const value = row?.value ?? 0;
      // and at most what was under way
      expect(value - total).toBeGreaterThanOrEqual(persisted);
      expect(value - total).toBeLessThanOrEqual(persisted + 1);
      total = value;
    }
  });
});
