import type { CacheTimings } from '../../lib/cache/cache-timings.js';
import type { Random } from './random.js';

export const PARTITIONS = 2;

export type RedisLoss = 'wipe' | 'rewind';

/** What kind of run a seed is. */
export interface Settings {
  /** Nothing goes wrong: then promises about time are checked, too. */
  faultless: boolean;
  /** What Redis does to what it acknowledged. */
  losses: readonly RedisLoss[];
  /** Milliseconds of work and faults. */
  span: number;
  /** For each process, whether it has workers. */
  processes: readonly boolean[];
  /** Update intervals that increments use. */
  intervals: readonly number[];
  timings: CacheTimings;
  sweepInterval: number;
  acknowledgeTimeout: number;
  commandTimeout: number;
  /** Whether lanes with few entries call together, and how long awaited ones gather. */
  addsTogether: boolean;
  linger: number;
  maxBufferedNames: number;
  calls: number;
  /** Probability that a process is going to crash, and its mean life in steps. */
  crashes: number;
  life: number;
  /** Probability that a process is shut down in order. */
  shutdowns: number;
  /** Whether counters are renamed. */
  renames: boolean;
}

export function drawSettings(random: Random): Settings {
  const faultless = random.chance(0.05);
  const tick = random.pick([50, 200, 1000]);
  const losing = !faultless && random.chance(0.4);
  return {
    faultless,
    losses: losing ? random.pick<readonly RedisLoss[]>(LOSSES) : [],
    span: random.pick([300, 1000, 2500]),
    processes: random.pick(PROCESSES),
    intervals: random.pick([[0], [0, 100], [100, 300], [50, 1000], [300]]),
    timings: {
      tick,
      baseTtl: random.pick([150, 3_600_000]),
      idempotencyTtl: 86_400_000,
      clientTtl: 86_400_000,
      retiredTtl: 3_600_000,
      lease: random.pick([20, 200, 1000]),
    },
    sweepInterval: random.pick([100, 250, 500]),
    acknowledgeTimeout: random.pick([300, 1000, 3000]),
    commandTimeout: random.pick([100, 400]),
    maxBufferedNames: random.chance(0.1) ? 5 : 1000,
    calls: random.whole(6, 40),
    crashes: faultless ? 0 : random.pick([0, 0.3, 0.7]),
    life: random.pick([20, 80, 250]),
    shutdowns: 0.2,
    addsTogether: random.chance(0.6),
    linger: random.pick([0, 0, 0, 10]),
    renames: random.chance(0.25),
  };
}

const LOSSES: readonly (readonly RedisLoss[])[] = [
  ['wipe'],
  ['rewind'],
  ['wipe', 'wipe'],
  ['rewind', 'rewind'],
  ['rewind', 'wipe'],
];

const PROCESSES: readonly (readonly boolean[])[] = [
  [true, false],
  [true, true],
  [true, false, false],
  [true, true, false],
];
