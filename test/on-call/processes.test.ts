import { describe, expect, onTestFinished, test } from 'vitest';
import { CountingProcess } from '../support/processes/counting-process.js';
import { documented } from './documented.js';
import type { Operated } from './operated.js';
import { Duty } from './row.js';

interface Seen {
  pid: number;
  workers: boolean;
}

/** A process with workers beside the application, on the same counts. */
async function startWorker(
  { redisUrl: redis, databaseUrl, namespace }: Operated,
  updateInterval: number,
): Promise<CountingProcess> {
  const worker = new CountingProcess({ redis, databaseUrl, namespace, updateInterval });
  onTestFinished(async () => {
    await worker.kill();
  });
  await worker.ready;
  return worker;
}

describe('what is shown, and that the documented steps mend it, where', () => {
  test('no process has workers', async () => {
    // so that nothing is late yet when workers are missed
    const updateInterval = 20_000;
    const duty = await Duty.begin({ workers: false, updateInterval });
    duty.faultBegins();
    const codes = ['FC-NO-WORKERS'] as const;
    await duty.shows({
      ...{ verdict: 'DOWN', codes },
      health: { persisting: 'down FC-NO-WORKERS' },
      log: codes,
      outside: [2, ...codes],
    });
    const alone = await documented(duty.operated, 'FC-NO-WORKERS', 'workers');
    expect(alone).toMatchObject({ status: 2, data: [{ workers: false }] });
    await startWorker(duty.operated, updateInterval);
    await duty.isGreenAgain({ while: codes });
    const manned = await documented(duty.operated, 'FC-NO-WORKERS', 'workers');
    expect(manned).toMatchObject({ status: 0, data: [{ workers: true }, { workers: false }] });
  });

  test('one of two workers was killed: nothing is wrong, and the other one goes on', async () => {
    const duty = await Duty.begin();
    const worker = await startWorker(duty.operated, 500);
    const both = await documented(duty.operated, 'FC-OVERDUE', 'workers');
    expect((both.data as Seen[]).map(({ workers }) => workers)).toEqual([true, true]);
    duty.faultBegins();
    await worker.kill();
    await duty.shows({ verdict: 'OK', codes: [], log: [], outside: [0] });
    await duty.isGreenAgain({ while: [] });
  });
});
