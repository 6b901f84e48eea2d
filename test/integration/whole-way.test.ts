import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Application,
  type ApplicationOptions,
  MODES,
  startApplication,
} from '../support/application.js';

const WAYS: [string, ApplicationOptions][] = [
  ...MODES.map((mode): [string, ApplicationOptions] => [mode, { mode }]),
  ['redis with BullMQ', { queue: { driver: 'bullmq' } }],
];

describe.each(WAYS)('the way of an increment, %s', (_, options) => {
  let application: Application;

  beforeEach(async () => {
    application = await startApplication({ ...options, updateInterval: 300 });
  });
  afterEach(() => application.close());

  test('an increment is read at once and reaches the row without another one', async () => {
    const { counters, row } = application;
    await counters.incr('quiet');
    expect(await counters.getCount('quiet')).toBe(1);
    await expect.poll(() => row('quiet')).toBe(1n);
    expect(await counters.getCount('quiet')).toBe(1);
  });

  test('concurrent increments add up, before and after they are persisted', async () => {
    const { counters, row } = application;
    await Promise.all(Array.from({ length: 1000 }, () => counters.incr('hot')));
    expect(await counters.getCount('hot')).toBe(1000);
    await counters.flush();
    expect(await row('hot')).toBe(1000n);
    await sleep(400);
    expect(await counters.getCount('hot')).toBe(1000);
  });
});
