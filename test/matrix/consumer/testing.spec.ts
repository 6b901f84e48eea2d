import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Test } from '@nestjs/testing';
import { CounterService, MeteringService } from 'nestjs-fastcounter';
import { clearCounters, FastCounterTestingModule } from 'nestjs-fastcounter/testing';
import { Articles, ArticlesController } from './application.js';

interface Fakes {
  useFakeTimers(settings: { now: number }): unknown;
  setSystemTime(now: number): unknown;
  advanceTimersByTimeAsync(milliseconds: number): Promise<unknown>;
  useRealTimers(): unknown;
}

declare const test: (name: string, run: () => Promise<void>, timeout: number) => void;
declare const vi: Fakes | undefined;
declare const jest: Fakes | undefined;

const NOON = Date.parse('2026-03-01T12:00:00Z');
const DAY = 86_400_000;

async function fakes(): Promise<Fakes> {
  if (typeof vi !== 'undefined') return vi;
  if (typeof jest !== 'undefined') return jest;
  // among ES modules it is no global
  const name = '@jest/globals';
  return ((await import(name)) as { jest: Fakes }).jest;
}

async function underFakeTimers(): Promise<void> {
  const timers = await fakes();
  timers.useFakeTimers({ now: NOON });
  try {
    const module = await Test.createTestingModule({
      imports: [FastCounterTestingModule.forRoot({ updateInterval: 60_000 })],
      controllers: [ArticlesController],
      providers: [Articles],
    }).compile();
    await module.init();
    const counters = module.get(CounterService);
    const metering = module.get(MeteringService);
    await counters.incr('a');
    assert.equal(await counters.getCount('a'), 1);
    for (let views = 1; views <= 40; views++) {
      assert.equal(await module.get(ArticlesController).read('a'), String(views));
      assert.equal(await counters.getCount('articles.read'), views);
    }
    await counters.incrMany(Array.from({ length: 3000 }, (_, index) => ({ name: `m${index}` })));
    const quota = { limit: 1, window: 'day' } as const;
    const taken = async () => (await metering.consume('quota', quota)).allowed;
    assert.deepEqual([await taken(), await taken()], [true, false]);
    timers.setSystemTime(NOON + DAY);
    assert.deepEqual([await taken(), await taken()], [true, false]);
    await counters.flush();
    const [row] = await counters.list({ prefix: 'articles:' });
    assert.deepEqual([row?.value, row?.updatedAt.getTime()], [40, NOON + DAY]);
    await clearCounters(module);
    assert.equal(await counters.getCount('a'), 0);
    await counters.incr('later');
    await timers.advanceTimersByTimeAsync(62_000);
    assert.deepEqual(
      (await counters.list()).map(({ name }) => name),
      ['later'],
    );
    await module.close();
  } finally {
    timers.useRealTimers();
  }
}

test('the testing module counts under fake timers, without a server', underFakeTimers, 120_000);
