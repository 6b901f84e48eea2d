import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ClosedUsage, LateCounts, Usage } from '../../lib/index.js';
import { ProcessError } from '../support/processes/counting-process.js';
import { createWorld } from '../support/processes/world.js';

const MINUTE = 60_000;
/** The clock of all processes is ahead, so that a minute of theirs ends this long after the start. */
const UNTIL_END = 20_000;
const metered = { dimensions: { tenant: 'acme' }, windows: ['minute'] };

describe('counts of a window that is closed', () => {
  test('are late where a process was cut off, and are waited for while it may live', async () => {
    const world = await createWorld();
    const clock = MINUTE - ((Date.now() + UNTIL_END) % MINUTE);
    const shown = (): number => Date.now() + clock;
    const windows = { late: 'next' } as const;
    const worker = await world.start({ clock, windows });
    const frozen = { point: 'before add', signal: 'SIGSTOP' } as const;
    const cutOff = await world.start({ clock, windows, workers: false, signalAt: frozen });
    // all that follows is in one minute
    if (shown() % MINUTE > MINUTE - 5000) await sleep(6000);
    const start = Math.floor(shown() / MINUTE) * MINUTE;
    const minute = { window: 'minute', at: start, grace: 0 };
    const usage = () =>
      worker.meter<Usage>('usage', 'api', {
        ...{ groupBy: 'tenant', window: 'minute', from: start, to: start + 1 },
      });
    await worker.meter('record', 'api', 5, metered);
    // it stands still before it has sent these, over the end of the minute
    const stuck = cutOff.meter('record', 'api', 3, metered);
    stuck.catch(() => undefined);
    expect(Math.floor(shown() / MINUTE) * MINUTE).toBe(start);
    while (shown() < start + MINUTE) await sleep(100);

    const refused = worker.meter('close', 'api', minute);
    await expect(refused).rejects.toThrow(ProcessError);
    await expect(refused).rejects.toMatchObject({ code: 'WINDOW_NOT_COMPLETE' });
    await expect(refused).rejects.toThrow('a process may hold increments from');
    const closed = await worker.meter<ClosedUsage>('close', 'api', {
      ...{ ...minute, evenIfIncomplete: true },
    });
    expect(await usage()).toMatchObject({ final: true, parts: [{ value: 5 }] });

    // days later
    cutOff.signal('SIGCONT');
    await stuck;
    await worker.flush();
    expect(await usage()).toMatchObject({ final: true, parts: [{ value: 5 }] });
    const { late } = await worker.meter<LateCounts>('late', 'api', {
      window: 'minute',
      from: start,
    });
    expect(late.map(({ name, delta }) => [name, delta])).toEqual([
      ['api', '3'],
      ['api{tenant}acme', '3'],
    ]);
    const carriedTo = String(late[1]?.carriedTo);
    const carried = {
      ...{ window: 'minute', from: Date.parse(carriedTo) },
      dimensions: { tenant: 'acme' },
    };
    await expect
      .poll(() => worker.meter<{ value: number }[]>('series', 'api', carried))
      .toMatchObject([{ value: 3 }]);
    expect(await worker.meter('total', 'api', { tenant: 'acme' })).toBe(8);
    // the invoice, once more
    expect(await worker.meter('close', 'api', minute)).toEqual(closed);
    expect(await usage()).toMatchObject({ final: true, parts: [{ value: 5 }] });
  });
});
