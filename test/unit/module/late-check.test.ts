import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  CacheUnavailableError,
  CounterEvents,
  DatabaseUnavailableError,
  InvalidOptionsError,
} from '../../../lib/index.js';
import { LateCheck } from '../../../lib/module/engine/late-check.js';

function checking() {
  const events = new CounterEvents();
  const messages: string[] = [];
  events.on('misconfigured', ({ message }) => messages.push(message));
  const check = new LateCheck(events, { away: 2, found: 2 });
  onTestFinished(() => check.stop());
  const problems = (): string[] => events.misconfigurations.list().map(({ message }) => message);
  return { check, messages, problems };
}

test('a server that is away is looked at until somebody has looked, and then no more', async () => {
  const { check, messages } = checking();
  let looks = 0;
  const inspect = (): Promise<string[]> => {
    looks++;
    // it comes back for a moment, and goes again
    if (looks < 3) return Promise.reject(new CacheUnavailableError('away'));
    if (looks < 6) return Promise.reject(new DatabaseUnavailableError('away too'));
    return Promise.resolve([]);
  };
  expect(await check.look(inspect)).toEqual([]);
  await expect.poll(() => looks).toBe(6);
  await sleep(20);
  expect(looks).toBe(6);
  expect(messages).toEqual([]);
});

test('what was found is a problem until it is mended, and told once', async () => {
  const lines: string[] = [];
  const log = vi
    .spyOn(Logger.prototype, 'log')
    .mockImplementation((line) => lines.push(String(line)));
  onTestFinished(() => log.mockRestore());
  const { check, messages, problems } = checking();
  let found = ['no append-only file', 'no INFO'];
  let looks = 0;
  const inspect = (): Promise<string[]> => {
    looks++;
    // a server that goes away is no better set up by that
    return looks % 3 === 0
      ? Promise.reject(new CacheUnavailableError('away'))
      : Promise.resolve(found);
  };
  expect(await check.look(inspect)).toEqual(found);
  expect(problems()).toEqual(found);
  await expect.poll(() => looks).toBeGreaterThan(6);
  expect(problems()).toEqual(found);
  found = ['no INFO'];
  await expect.poll(problems).toEqual(['no INFO']);
  found = [];
  await expect.poll(problems).toEqual([]);
  // the start has warned of both, and lines say that they are mended
  expect(lines).toEqual(
    ['This problem has ended: no append-only file', 'This problem has ended: no INFO'].map(
      (line) => `FC-MISCONFIGURED: ${line}`,
    ),
  );
  expect(messages).toEqual([]);
});

test('what refuses a process that runs is told once, while it lasts', async () => {
  const { check, messages, problems } = checking();
  let looks = 0;
  let isMended = false;
  await check.look(() => {
    if (looks++ === 0) return Promise.reject(new CacheUnavailableError('away'));
    return isMended ? Promise.resolve([]) : Promise.reject(new InvalidOptionsError('a replica'));
  });
  await expect.poll(() => looks).toBeGreaterThan(4);
  expect(messages).toEqual([expect.stringContaining('a replica')]);
  expect(problems()).toEqual(messages);
  isMended = true;
  await expect.poll(problems).toEqual([]);
});

test('what is wrong with it is told by its own words, or refuses the start', async () => {
  const { check, messages } = checking();
  const evicts = new InvalidOptionsError('it evicts keys');
  await expect(check.look(() => Promise.reject(evicts))).rejects.toBe(evicts);
  let looks = 0;
  await check.look(() =>
    Promise.reject(looks++ === 0 ? new CacheUnavailableError('away') : evicts),
  );
  await expect.poll(() => messages).toEqual([evicts.message]);
});
