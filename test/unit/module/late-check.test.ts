import { expect, onTestFinished, test } from 'vitest';
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
  const check = new LateCheck(events, 2);
  onTestFinished(() => check.stop());
  return { check, messages };
}

test('a server that is away is looked at until somebody has looked, and then once more never', async () => {
  const { check, messages } = checking();
  let looks = 0;
  const inspect = (): Promise<string[]> => {
    looks++;
    // it comes back for a moment, and goes again
    if (looks < 3) return Promise.reject(new CacheUnavailableError('away'));
    if (looks < 6) return Promise.reject(new DatabaseUnavailableError('away too'));
    return Promise.resolve(['no append-only file']);
  };
  expect(await check.look(inspect)).toEqual([]);
  await expect.poll(() => messages).toEqual(['no append-only file']);
  expect(looks).toBe(6);
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
