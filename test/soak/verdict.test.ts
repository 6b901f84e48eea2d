import { describe, expect, it } from 'vitest';
import type { MemberSample } from './deployment.js';
import type { JobSample } from './job-watch.js';
import type { Sample } from './run.js';
import { judge, type Verdict } from './verdict.js';

const MIB = 2 ** 20;
const SETTINGS = {
  deployments: [],
  milliseconds: 300_000,
  warmUp: 20_000,
  window: 40_000,
  intervals: [],
  names: 0,
  idempotencyTtl: 0,
};

const member = (name: string, calls: number): MemberSample => ({
  member: name,
  heap: 30 * MIB,
  resident: 130 * MIB,
  timers: 14,
  handles: 22,
  listeners: 110,
  buffered: 0,
  load: { rounds: calls, calls, underWay: 1, failed: {} },
});

/** A run of five minutes with 100 calls a second, as it is when nothing grows. */
const steady = (second: number): Sample => ({
  at: second * 1000,
  commands: 400 * second,
  allCommands: 4000 * second,
  statements: 30 * second,
  redisMemory: 4 * MIB,
  redisKeys: { state: 150 },
  members: [member('first', 50 * second), member('second', 50 * second)],
});

const SECONDS = Array.from({ length: 57 }, (_, index) => 20 + 5 * index);
const IDLE = { waiting: 1, active: 1, queue: 'queue 0 of hot' };

function judged(
  change: (sample: Sample, second: number) => void,
  jobs: Partial<JobSample> = {},
  left: string[] = [],
): Verdict {
  const samples = SECONDS.map((second) => {
    const sample = steady(second);
    change(sample, second);
    return sample;
  });
  const looks = SECONDS.map((second) => ({ at: second * 1000, ...IDLE }));
  // at one moment in the middle
  const record = { left, samples, jobs: [...looks, { at: 150_000, ...IDLE, ...jobs }] };
  return judge({ ...record, versions: { redis: '', postgres: '' } }, SETTINGS, {
    rates: 1.25,
    levels: 1.1,
  });
}

const second = ({ members }: Sample): MemberSample => members[1] ?? member('none', 0);

describe('a run is judged', () => {
  it('to be steady when nothing grows, whatever it began with', () => {
    const { grown, rows } = judged(() => undefined);
    expect(grown).toEqual([]);
    expect(rows).toContainEqual({ measure: 'SQL statements a second', first: 30, last: 30 });
  });

  it('to be steady when the machine did half of the work at the beginning', () => {
    const { grown } = judged((sample, at) => {
      const work = at < 70 ? at / 2 : at - 35;
      Object.assign(sample, steady(work), { at: sample.at });
    });
    expect(grown).toEqual([]);
  });

  it('by its jobs at any time', () => {
    expect(judged(() => undefined, { waiting: 2 }).grown).toEqual([]);
    expect(judged(() => undefined, { waiting: 3, queue: 'queue 4 of random' }).grown).toEqual([
      'jobs of a queue that wait or are delayed, at most: 3 in queue 4 of random, 2 may be',
    ]);
  });

  it('by the jobs that are left when the load is over', () => {
    expect(judged(() => undefined, {}, ['one', 'other']).grown).toEqual([
      'jobs that nobody takes nor removes: one and 1 more',
    ]);
  });

  it.each<[string, (sample: Sample, at: number) => void]>([
    ['Redis commands that are sent', (sample, at) => (sample.commands += at ** 2)],
    ['Redis commands, with those', (sample, at) => (sample.allCommands += 10 * at ** 2)],
    ['SQL statements', (sample, at) => (sample.statements += at ** 2 / 10)],
    ['memory of Redis', (sample, at) => (sample.redisMemory += (at * MIB) / 100)],
    ['keys in Redis', (sample, at) => (sample.redisKeys.job = at)],
    ['heap, MiB, second', (sample, at) => (second(sample).heap += (at * MIB) / 30)],
    ['resident memory, MiB, second', (sample, at) => (second(sample).resident += (at * MIB) / 4)],
    ['timers, second', (sample, at) => (second(sample).timers += Math.floor(at / 20))],
    ['other handles, second', (sample, at) => (second(sample).handles += Math.floor(at / 20))],
    ['listeners, second', (sample, at) => (second(sample).listeners += Math.floor(at / 20))],
    ['entries in the buffer, second', (sample, at) => (second(sample).buffered += at)],
    ['calls under way, second', (sample, at) => (second(sample).load.underWay += at)],
  ])('by what grows in it: %s', (measure, change) => {
    const { grown } = judged(change);
    expect(grown).toHaveLength(1);
    expect(grown[0]).toMatch(new RegExp(`^${measure}`));
  });

  it('not by what comes and goes', () => {
    const { grown } = judged((sample, at) => {
      if (at % 10 === 0) second(sample).timers += 20;
    });
    expect(grown).toEqual([]);
  });
});
