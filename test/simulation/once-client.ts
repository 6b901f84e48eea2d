import { delta } from './digits.js';
import type { Invocation } from './history.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

/** Counter that is counted once by each key, and by which that is taken back; and its name when it was renamed, of the other partition. */
export const ONCE = 'hearts';
export const RENAMED = 'marks';
/** Few, so that they meet. */
const KEYS = 4;
const DAY = 86_400_000;

/** One call of one client with the key of a digit. */
export interface OnceCall {
  kind: 'count' | 'undo';
  digit: number;
  invocation: Invocation;
  answer?: boolean;
}

/** Gives the counter its other name, where all that was counted before is certain. */
export function renameOnce({ history, settings }: World, process: SimulatedProcess): void {
  const { once, onceRenamed } = history;
  if (onceRenamed !== undefined || settings.losses.length > 0) return;
  // what comes under the old name while it is renamed may be known there alone
  const isKnown = once.every(({ invocation }) => invocation.outcome === 'acknowledged');
  if (!isKnown) return;
  const call = () => process.service.rename(ONCE, RENAMED);
  history.onceRenamed = history.record(process, `rename(${ONCE}, ${RENAMED})`, call);
}

/** The name under which it is counted now; undefined where nobody can tell, or while it is being renamed. */
function nameNow({ history: { onceRenamed } }: World): string | undefined {
  if (onceRenamed === undefined) return ONCE;
  return onceRenamed.outcome === 'acknowledged' ? RENAMED : undefined;
}

/** Each key adds a power of four of its own: so a value tells which of them it holds, and how often. */
export function countOnce(world: World, process: SimulatedProcess): void {
  const { random } = world.stage;
  const digit = random.whole(0, KEYS - 1);
  const options = { within: DAY, delta: delta(digit), updateInterval: random.pick([0, 100]) };
  record(world, process, { kind: 'count', digit }, (name, key) =>
    process.service.incrOnce(name, key, options),
  );
}

export function takeBack(world: World, process: SimulatedProcess): void {
  const digit = world.stage.random.whole(0, KEYS - 1);
  record(world, process, { kind: 'undo', digit }, (name, key) =>
    process.service.undoOnce(name, key),
  );
}

function record(
  world: World,
  process: SimulatedProcess,
  { kind, digit }: Pick<OnceCall, 'kind' | 'digit'>,
  call: (name: string, key: string) => Promise<boolean>,
): void {
  const { history } = world;
  const name = nameNow(world);
  if (name === undefined) return;
  const key = `key-${digit}`;
  const made: Partial<OnceCall> = { kind, digit };
  made.invocation = history.record(
    process,
    `${kind} once(${name}, 4^${digit}, ${key})`,
    () => call(name, key),
    (_, answer) => {
      made.answer = answer;
    },
  );
  history.once.push(made as OnceCall);
}
