import { Logger } from '@nestjs/common';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FastCounterModule } from '../../lib/index.js';
import { database, freshDatabase, start } from './start.js';
import pg from 'pg';

/** What is warned of at a start, where a day of the Azores has a row at its second midnight. */
async function warnings(timeZone: string, startsAt: string): Promise<string[]> {
  const url = await freshDatabase();
  const options = { windows: { timeZone } };
  const first = await start({
    imports: [await database({ url }), FastCounterModule.forRoot(options)],
  });
  await first.close();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `INSERT INTO fast_counter_bucket VALUES ('default', 'a', 'day', '${startsAt}', 1, now())`,
  );
  await client.end();
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  onTestFinished(() => warn.mockRestore());
  await start({ imports: [await database({ url }), FastCounterModule.forRoot(options)] });
  return warn.mock.calls.map(([message]) => String(message)).filter((text) => /split/.test(text));
}

describe('rows of windows that version 0.1.0 split', () => {
  test('are told at the start, with how to join them', async () => {
    expect(await warnings('Atlantic/Azores', '2025-10-26T01:00:00Z')).toEqual([
      expect.stringMatching(
        /no day begins at 2025-10-26T01:00:00\.000Z .*joinMisplacedBuckets\(\)/,
      ),
    ]);
  });

  test('are not seen in others', async () => {
    expect(await warnings('Atlantic/Azores', '2025-10-26T00:00:00Z')).toEqual([]);
    expect(await warnings('UTC', '2025-10-26T01:00:00Z')).toEqual([]);
  });
});
