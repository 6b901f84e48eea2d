import { Logger } from '@nestjs/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startApplication } from '../support/application.js';
import { startRedis } from '../support/servers/redis.js';

/** All that this module logs from now on. */
function logged(): string[] {
  const lines: string[] = [];
  for (const level of ['log', 'warn', 'error'] as const) {
    const spy = vi.spyOn(Logger.prototype, level).mockImplementation(function (
      this: { context?: string },
      message: unknown,
    ) {
      if (this.context === 'FastCounter') lines.push(String(message));
    });
    onTestFinished(() => spy.mockRestore());
  }
  return lines;
}

const NAMESPACED = /^(?:FC-[A-Z-]+ )?lines: \S/;
const options = { namespace: 'lines', queue: { count: 2 } };

test('what speaks against Redis at the start has code and namespace, and is a problem', async () => {
  const lines = logged();
  const server = await startRedis({
    arguments: ['--appendonly', 'no', '--save', '', '--maxmemory-policy', 'allkeys-lru'],
  });
  onTestFinished(() => server.stop());
  const { counters, close } = await startApplication({
    ...{ ...options, redis: server.url, allowEviction: true },
    ...{ shutdownTimeout: 500, commandTimeout: 300 },
  });
  expect(lines).toContainEqual(
    expect.stringMatching(/^FC-MISCONFIGURED lines: The append-only file of Redis is off/),
  );
  // somebody allowed it: no problem, but a line
  expect(lines).toContainEqual(
    expect.stringMatching(/^lines: maxmemory-policy of Redis is allkeys-lru.*"allowEviction"/),
  );
  const { problems } = await counters.status();
  expect(problems.map(({ code }) => code)).toEqual(['FC-MISCONFIGURED']);
  expect(problems[0]?.text).toMatch(/append-only file[^.]*$/);

  await server.kill();
  counters.incr('a').catch(() => undefined);
  await close();
  expect(lines).toContainEqual(
    expect.stringMatching(/^FC-NOT-ACCEPTING lines: Redis did not acknowledge 1 increments within/),
  );
  expect(lines.filter((line) => !NAMESPACED.test(line))).toEqual([]);
});

test('counting embedded, each line has the namespace as well', async () => {
  const lines = logged();
  const { close } = await startApplication({ ...options, mode: 'embedded', redis: undefined });
  await close();
  expect(lines).toContainEqual(
    expect.stringMatching(/^lines: Counting embedded.*Option "redis" was given as undefined/),
  );
  expect(lines.filter((line) => !NAMESPACED.test(line))).toEqual([]);
});
