import { expect, onTestFinished, test } from 'vitest';
import { DatabaseUnavailableError } from '../../lib/index.js';
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
