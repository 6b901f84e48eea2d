import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { limitProcessors } from '../../scripts/limit.mjs';

const execute = promisify(execFile);

/** A loop of half a second, and the part of it that it had a processor. */
const LOOP = `
  const [began, before] = [performance.now(), process.cpuUsage()];
  while (performance.now() - began < 500);
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000 / (performance.now() - began));
`;

describe('a run on a part of a processor', () => {
  it('has no more of it, or is refused in words where the system cannot limit it', async () => {
    let limit: ReturnType<typeof limitProcessors>;
    try {
      limit = limitProcessors(0.2);
    } catch (error) {
      expect(String(error)).toMatch(
        /^Error: The processor cannot be limited here\. This takes Linux/,
      );
      return;
    }
    const [command, args] = limit.wrap(process.execPath, ['-e', LOOP]);
    const group = args.find((argument) => argument.endsWith('/cgroup.procs')) ?? '/';
    try {
      const { stdout } = await execute(command, args);
      expect(Number(stdout)).toBeLessThan(0.6);
    } finally {
      await limit.remove();
    }
    expect(existsSync(group)).toBe(false);
  });
});
