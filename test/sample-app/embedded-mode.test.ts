import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { expectTally, get, incrementUntilRefused } from './requests.js';
import { SampleProcess } from './sample-process.js';

const execute = promisify(execFile);

/** Pastes the commands that the application printed, and answers what each printed. */
async function runPrintedCommands(sample: SampleProcess): Promise<unknown[]> {
  const commands = sample.output.split('\n').filter((line) => line.startsWith('  curl '));
  const answers: unknown[] = [];
  for (const command of commands) {
    const { stdout } = await execute('sh', ['-c', command]);
    answers.push(JSON.parse(stdout));
  }
  return answers;
}

/** Polls, because a view is answered before it is counted. */
async function expectArticles(sample: SampleProcess, articles: object[]): Promise<void> {
  await expect.poll(() => get(`${sample.url}/articles`)).toMatchObject({ body: articles });
}

describe('the sample application without servers', () => {
  let directory: string;
  let dataDirectory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fastcounter-sample-'));
    dataDirectory = join(directory, 'postgres');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function start(): Promise<SampleProcess> {
    const sample = await SampleProcess.start({ DATA_DIR: dataDirectory });
    onTestFinished(async () => {
      await sample.stop();
    });
    return sample;
  }

  it('prints three commands that work, and has their counts after a restart', async () => {
    const sample = await start();
    expect(await runPrintedCommands(sample)).toMatchObject([
      { id: 1, title: 'Hello', views: 0 },
      { id: 1, title: 'Hello' },
      [{ id: 1, title: 'Hello' }],
    ]);
    await expectArticles(sample, [{ id: 1, views: 1 }]);

    // Long before the update interval is over: what is pending is persisted at shutdown.
    expect(await sample.stop('SIGTERM')).toBe(0);

    const restarted = await start();
    await expectArticles(restarted, [{ id: 1, views: 1 }]);
    await runPrintedCommands(restarted);
    await expectArticles(restarted, [
      { id: 2, views: 0 },
      { id: 1, views: 2 },
    ]);
    expect(await restarted.stop('SIGINT')).toBe(0);
  });

  it('has all that it acknowledged after it was stopped under load', async () => {
    const sample = await start();
    const tally = { acknowledged: 0, unanswered: 0 };
    const load = incrementUntilRefused(`${sample.url}/counters/load/incr`, tally);
    await expect.poll(() => tally.acknowledged).toBeGreaterThan(200);
    expect(await sample.stop()).toBe(0);
    await load;

    const { url } = await start();
    await expectTally(`${url}/counters/load`, tally);
  });

  it('stops its PostgreSQL after itself, without an error', async () => {
    const sample = await start();
    await get(`${sample.url}/articles/1`);
    expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(true);
    await sample.stop();
    expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
    expect(sample.output).not.toContain('ERROR');
  });

  it('takes no restart for a loss', async () => {
    const sample = await start();
    await get(`${sample.url}/articles/1`);
    await sample.stop();
    expect(sample.output).not.toContain('WARN');
  });
});
