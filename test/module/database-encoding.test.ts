import { describe, expect, test } from 'vitest';
import { CounterService, FastCounterModule, InvalidOptionsError } from '../../lib/index.js';
import { databaseWith } from '../persistence/databases.js';
import { database, freshNamespace, redis, start } from './start.js';

const encoded = (encoding: string): Promise<string> =>
  databaseWith(`ENCODING '${encoding}' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`);

describe.each([
  ['with Redis', () => ({ redis: redis(), namespace: freshNamespace() })],
  ['embedded', () => ({})],
])('the encoding of the database, %s', (_case, options) => {
  test.each(['LATIN1', 'SQL_ASCII', 'EUC_JP'])('must not be %s', async (encoding) => {
    const url = await encoded(encoding);
    const starting = start({
      imports: [await database({ url }), FastCounterModule.forRoot(options())],
    });
    const error: unknown = await starting.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidOptionsError);
    const name = new URL(url).pathname.slice(1);
    expect(String(error)).toContain(`The database "${name}" is encoded in "${encoding}"`);
    expect(String(error)).toContain(`ENCODING 'UTF8'`);
  });

  test('is right as UTF8, in which every name fits', async () => {
    const imports = [
      await database({ url: await encoded('UTF8') }),
      FastCounterModule.forRoot(options()),
    ];
    const counters = (await start({ imports })).get(CounterService);
    await counters.incr('😀', 2);
    await counters.flush();
    expect(await counters.list()).toMatchObject([{ name: '😀', value: 2 }]);
  });
});
