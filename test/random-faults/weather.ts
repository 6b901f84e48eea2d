import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type FaultKind, type Scene } from './faults/fault.js';
import { NETWORK_FAULTS } from './faults/network-faults.js';
import { POSTGRES_FAULTS } from './faults/postgres-faults.js';
import { PROCESS_FAULTS } from './faults/process-faults.js';
import { REDIS_FAULTS } from './faults/redis-faults.js';

const KINDS: Readonly<Record<string, FaultKind>> = {
  ...PROCESS_FAULTS,
  ...REDIS_FAULTS,
  ...POSTGRES_FAULTS,
  ...NETWORK_FAULTS,
};

export const FAULT_KINDS: readonly string[] = Object.keys(KINDS);

export interface WeatherReport {
  /** How many there were of each kind. */
  faults: Record<string, number>;
  /** Those that could not happen, as the server was away for a moment after another one. */
  missed: string[];
}

export interface Weather {
  /** Milliseconds from one fault to the next, in the mean. */
  gap: number;
  /** Faults at a time, at most. */
  atOnce: number;
  /** In `performance.now()` milliseconds. */
  until: number;
  onFault: (text: string) => void;
}

/** Lets faults happen at random times, some at once; resolves when the last is over. */
export async function storm(scene: Scene, weather: Weather): Promise<WeatherReport> {
  const { random } = scene;
  const report: WeatherReport = { faults: {}, missed: [] };
  const running = new Map<Fault, Promise<void>>();

  const follow = async (kind: string, fault: Fault): Promise<void> => {
    try {
      await fault.happen();
      report.faults[kind] = (report.faults[kind] ?? 0) + 1;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report.missed.push(`${kind}: ${reason}`);
    } finally {
      running.delete(fault);
    }
  };
  const mustWait = (fault: Fault): boolean => {
    const inUse = [...running.keys()].flatMap(({ uses }) => uses);
    return running.size >= weather.atOnce || fault.uses.some((use) => inUse.includes(use));
  };

  // what is drawn, and in which order, must not depend on how long anything takes
  let kinds: string[] = [];
  while (performance.now() < weather.until) {
    await sleep(Math.min(random.exponential(weather.gap), 4 * weather.gap));
    // every kind once before any comes again, so that a short run has them all
    if (kinds.length === 0) kinds = [...FAULT_KINDS];
    const [kind = ''] = kinds.splice(random.whole(0, kinds.length - 1), 1);
    const fault = KINDS[kind]?.(scene);
    if (fault === undefined) throw new RangeError(`There is no fault "${kind}"`);
    while (mustWait(fault)) await Promise.race(running.values());
    weather.onFault(`${kind} ${fault.detail}`);
    running.set(fault, follow(kind, fault));
  }
  await Promise.all(running.values());
  return report;
}
