import { Member, type MemberSettings } from './member.js';
import type { Stage } from './stage.js';

/** The longest of their update intervals, in milliseconds. */
export const LONGEST_INTERVAL = 2000;

/** How much the processes count. */
export interface Load {
  /** Milliseconds between two rounds of a process. */
  pause: number;
  /** Increments of a hot counter a round. */
  times: number;
}

/** Three that count, two that persist; they differ in client library and patience. */
const CREW: Omit<MemberSettings, keyof Load>[] = [
  {
    name: 'producer 1',
    role: 'producer',
    many: 'many',
    client: 'node-redis',
    acknowledgeTimeout: 60_000,
    updateInterval: 500,
  },
  {
    name: 'producer 2',
    role: 'producer',
    many: 'many',
    client: 'iovalkey',
    acknowledgeTimeout: 60_000,
    updateInterval: 1000,
  },
  {
    name: 'producer 3',
    role: 'producer',
    // its callers often give up: the others' counters stay free of unknown outcomes
    many: 'hurried',
    client: 'node-redis',
    acknowledgeTimeout: 1500,
    updateInterval: 200,
  },
  {
    name: 'worker 1',
    role: 'worker',
    many: '',
    client: 'node-redis',
    acknowledgeTimeout: 10_000,
    updateInterval: 1000,
  },
  {
    name: 'worker 2',
    role: 'worker',
    many: '',
    client: 'iovalkey',
    acknowledgeTimeout: 10_000,
    updateInterval: 1000,
  },
];

export function createCrew(stage: Stage, load: Load, program?: string): Promise<Member[]> {
  return Promise.all(
    CREW.map((settings) => Member.create({ ...settings, ...load }, stage, program)),
  );
}
