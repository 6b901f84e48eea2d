import { expect, onTestFinished, test } from 'vitest';
import { DatabaseUnavailableError, MeteringService } from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';

test.each(MODES)('what the driver throws is the cause of an error of ours: %s', async (mode) => {
  const { counters, asOwner, close } = await startApplication({ mode });
  onTestFinished(close);
  await counters.incr('one');
  await counters.flush();
  await asOwner('REVOKE SELECT ON fast_counter FROM fastcounter');
  const calls = [
    () => counters.list(),
    () => counters.getCount('not cached'),
    () => counters.set('neither cached', 1),
  ];
  for (const call of calls) {
    const error: unknown = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({
      ...{ name: 'DatabaseUnavailableError', code: 'DATABASE_UNAVAILABLE' },
      ...{ cause: expect.objectContaining({ code: '42501' }) as unknown },
    });
  }
  await asOwner('GRANT SELECT ON fast_counter TO fastcounter');
});

test.each(MODES)(
  'while the database is away what is cached is read and counted on, and the rest is refused: %s',
  async (mode) => {
    const { app, counters, asOwner, close } = await startApplication({ mode });
    onTestFinished(close);
    // so that the partitions are set up
    await counters.incrMany(Array.from({ length: 60 }, (_, index) => ({ name: `warm ${index}` })));
    await counters.flush();
    await counters.getCount('warm 1');
    await asOwner('ALTER TABLE fast_counter RENAME TO fast_counter_away');
    await counters.incr('new', 2);
    await counters.incr('warm 1', 2);
    expect(await counters.getCount('warm 1')).toBe(3);
    expect(await counters.incrAndGet('warm 1')).toBe(4);
    const calls = [
      () => counters.getCount('new'),
      () => counters.incrAndGet('a'),
      () => counters.tryIncr('b', 1, { max: 5 }),
      () => app.get(MeteringService).consume('c', { limit: 5 }),
      () => counters.set('d', 1),
      () => counters.reset('e'),
      () => counters.delete('f'),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(DatabaseUnavailableError);
    await asOwner('ALTER TABLE fast_counter_away RENAME TO fast_counter');
    await counters.flush();
    expect(await counters.getCounts(['new', 'warm 1', 'a', 'b', 'c', 'd'])).toEqual([
      2, 4, 0, 0, 0, 0,
    ]);
  },
);
