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

  const carry = async (kind: string, fault: Fault): Promise<void> => {
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

  // every kind once before any comes twice, so that a short run has them all
  let bag: string[] = [];
  while (performance.now() < weather.until) {
    await sleep(Math.min(random.exponential(weather.gap), 4 * weather.gap));
    if (running.size >= weather.atOnce) await Promise.race(running.values());
    if (bag.length === 0) bag = [...FAULT_KINDS];
    const kind = bag.splice(random.whole(0, bag.length - 1), 1)[0];
    const draw = kind === undefined ? undefined : KINDS[kind];
    if (kind === undefined || draw === undefined) continue;
    const fault = draw(scene);
    const busy = [...running.keys()].flatMap(({ uses }) => uses);
    if (fault.uses.some((use) => busy.includes(use))) {
      bag.push(kind);
      continue;
    }
    weather.onFault(`${kind} ${fault.detail}`);
    running.set(fault, carry(kind, fault));
  }
  await Promise.all(running.values());
  return report;
}
