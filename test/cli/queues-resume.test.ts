import type { Queue } from 'bull';
import { expect, onTestFinished, test } from 'vitest';
import { startApplication } from '../support/application.js';
import { asked, fastcounter } from './command.js';

const NAMES = ['PersistCounter0', 'PersistCounter1', 'PersistCounter2'];

test.each(['bull', 'bullmq'] as const)(
  'the queues that somebody paused are resumed, of %s',
  async (driver) => {
    const application = await startApplication({
      ...{ queue: { count: 3, driver }, updateInterval: 600_000 },
    });
    onTestFinished(application.close);
    const { app, counters, databaseUrl, namespace } = application;
    const queues = NAMES.map((name) => app.get<Queue>(`BullQueue_${name}`, { strict: false }));
    const arePaused = (): Promise<boolean[]> => Promise.all(queues.map((it) => it.isPaused()));
    await counters.incr('first');
    await counters.flush();
    const place = { databaseUrl, namespace };
    await Promise.all([queues[0]?.pause(), queues[2]?.pause()]);
    const paused = ['PersistCounter0', 'PersistCounter2'];
    const said = await fastcounter(place, ['queues', 'resume', '--yes', '--dry-run']);
    expect(said.out).toBe(
      'Would resume 2 queues of 3: PersistCounter0, PersistCounter2\nNothing was changed. To do it, repeat with --yes\n',
    );
    expect(await arePaused()).toEqual([true, false, true]);

    const done = await asked(place, ['queues', 'resume', '--yes', '--by', 'ann']);
    const data = { queues: 3, paused, resumed: true, by: 'ann' };
    expect(done).toMatchObject({ status: 0, error: '', data });
    expect(await arePaused()).toEqual([false, false, false]);
    const names = Array.from({ length: 20 }, (_, i) => `counter:${i}`);
    await counters.incrMany(names.map((name) => ({ name })));
    // all queues have jobs, and workers that take them
    await counters.flush();
    for (const name of names) expect(await application.row(name)).toBe(1n);
    if (driver === 'bullmq') return;
    const [none, away] = await Promise.all([
      fastcounter(place, ['queues', 'resume', '--yes']),
      asked({ ...place, redis: 'redis://127.0.0.1:1' }, ['queues', 'resume']),
    ]);
    expect(none).toMatchObject({ status: 0, error: '', out: 'None of 3 queues is paused\n' });
    expect(away).toMatchObject({ status: 2, data: { error: { code: 'CACHE_UNAVAILABLE' } } });
  },
);
