import type { Queue } from 'bull';
import { getQueueToken } from '@nestjs/bull';
import { describe, expect, test } from 'vitest';
import { documented } from './documented.js';
import { Duty } from './row.js';

const QUEUES = Array.from({ length: 5 }, (_, i) => `PersistCounter${i}`);

describe('what is shown, and that the documented steps mend it, while', () => {
  test('queues are paused', async () => {
    const duty = await Duty.begin();
    const { app } = duty.operated;
    const queues = QUEUES.map((name) => app.get<Queue>(getQueueToken(name), { strict: false }));
    duty.faultBegins();
    await Promise.all(queues.map((queue) => queue.pause()));
    const codes = ['FC-QUEUES-PAUSED'] as const;
    await duty.shows(
      {
        ...{ verdict: 'DEGRADED', codes },
        says: { 'FC-QUEUES-PAUSED': /queues that are paused/ },
        health: { persisting: 'up FC-QUEUES-PAUSED' },
        log: codes,
        outside: [1, ...codes],
      },
      0,
    );
    const mended = await documented(duty.operated, 'FC-QUEUES-PAUSED', 'queues resume --yes');
    expect(mended).toMatchObject({ status: 0, data: { paused: QUEUES, resumed: true } });
    await duty.isGreenAgain({ while: codes });
  });
});
