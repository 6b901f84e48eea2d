import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const execute = promisify(execFile);
const file = fileURLToPath(new URL('./fake-timers.mjs', import.meta.url));

test('fake timers of node:test stop nothing, and the time of day is theirs', async () => {
  const args = ['--test', '--test-reporter=tap', file];
  const { stdout } = await execute(process.execPath, args).catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  });
  expect(stdout).toMatch(/^# pass 3$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});
