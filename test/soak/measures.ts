import type { MemberSample } from './deployment.js';
import type { Sample } from './run.js';

interface Measure<From> {
  measure: string;
  of: (sample: From) => number;
}

/** May differ by so much, beside the tolerance of the run. */
interface Slack {
  slack: number;
}

export interface MemberMeasure extends Measure<MemberSample>, Slack {
  /** Whether no tolerance holds for it. */
  isEqual?: boolean;
}

const MIB = 2 ** 20;

/** What goes up with the work; to be compared by the second and by the call. */
export const RATES: readonly Measure<Sample>[] = [
  { measure: 'Redis commands that are sent', of: ({ commands }) => commands },
  { measure: 'Redis commands, with those of scripts,', of: ({ allCommands }) => allCommands },
  { measure: 'SQL statements', of: ({ statements }) => statements },
];

export const SERVER_LEVELS: readonly (Measure<Sample> & Slack)[] = [
  { measure: 'memory of Redis, MiB', of: ({ redisMemory }) => redisMemory / MIB, slack: 1 },
  { measure: 'keys in Redis', of: ({ redisKeys }) => sum(redisKeys), slack: 20 },
];

export const MEMBER_MEASURES: readonly MemberMeasure[] = [
  { measure: 'heap, MiB', of: ({ heap }) => heap / MIB, slack: 3 },
  { measure: 'resident memory, MiB', of: ({ resident }) => resident / MIB, slack: 30 },
  { measure: 'timers', of: ({ timers }) => timers, slack: 5, isEqual: true },
  { measure: 'other handles', of: ({ handles }) => handles, slack: 4, isEqual: true },
  { measure: 'listeners', of: ({ listeners }) => listeners, slack: 2, isEqual: true },
  { measure: 'entries in the buffer', of: ({ buffered }) => buffered, slack: 5, isEqual: true },
  { measure: 'calls under way', of: ({ load }) => load.underWay, slack: 5, isEqual: true },
];

const sum = (kinds: Record<string, number>): number =>
  Object.values(kinds).reduce((total, number) => total + number, 0);
