import { describe, expect, it } from 'vitest';
import { run } from '../../../lib/cli/run.js';

/** Runs a command in this process. */
async function command(given: readonly string[], environment: NodeJS.ProcessEnv = HERE) {
  let [out, error] = ['', ''];
  const status = await run(given, {
    out: (text) => void (out += text),
    error: (text) => void (error += text),
    isTerminal: false,
    environment,
  });
  return { status, out, error };
}

/** Nobody answers there: a wrong command does not ask. */
const HERE = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/counts' };

describe('a command line that is wrong', () => {
  it.each([
    [['frobnicate'], 'There is no verb "frobnicate"'],
    [['status', 'now'], '"status" does not take "now"'],
    [['get'], '"get" needs NAME…'],
    [['status', '--prefix', 'views:'], '"status" has no option --prefix'],
    [['list', '--limit', 'many'], '--limit must be a whole number from 1 on, not "many"'],
    [['list', '--frob'], "Unknown option '--frob'"],
    [['top', '--window', 'year'], 'window must be'],
    [['series', 'views:1', '--from', 'monday'], '--from must be a date such as'],
    [['status', '--database', 'oracle://x'], 'must begin with postgres://'],
    [['status', '--redis', 'http://x'], 'Option "redis" must be a URL such as'],
    [['status', '--queue', 'kafka'], '--queue must be bull or bullmq'],
  ])('is refused: %j', async (given, message) => {
    expect(await command(given)).toMatchObject({
      status: 64,
      out: '',
      error: expect.stringContaining(message) as string,
    });
  });

  it('is refused in JSON too', async () => {
    const { status, out } = await command(['frobnicate', '--json']);
    expect(status).toBe(64);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('is one without servers', async () => {
    const { status, error } = await command(['status'], {});
    expect(status).toBe(64);
    expect(error).toContain('needs --database, or FASTCOUNTER_DATABASE or DATABASE_URL');
    const { DATABASE_URL } = HERE;
    expect((await command(['status'], { DATABASE_URL })).error).toContain('needs --redis');
  });

  it('is one without a verb, which gets the help', async () => {
    const { status, out, error } = await command([]);
    expect([status, out]).toEqual([64, '']);
    expect(error).toContain('Usage: fastcounter VERB');
    expect(await command(['--help'])).toEqual({ status: 0, out: error, error: '' });
  });
});
