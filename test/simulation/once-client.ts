import { delta } from './digits.js';
import type { Invocation } from './history.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

/** Counter that is counted once by each key, and by which that is taken back. */
export const ONCE = 'hearts';
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

/** Each key adds a power of four of its own: so a value tells which of them it holds, and how often. */
export function countOnce(world: World, process: SimulatedProcess): void {
  const { random } = world.stage;
  const digit = random.whole(0, KEYS - 1);
  const options = { within: DAY, delta: delta(digit), updateInterval: random.pick([0, 100]) };
  record(world, process, { kind: 'count', digit }, (key) =>
    process.service.incrOnce(ONCE, key, options),
  );
}

export function takeBack(world: World, process: SimulatedProcess): void {
  const digit = world.stage.random.whole(0, KEYS - 1);
  record(world, process, { kind: 'undo', digit }, (key) => process.service.undoOnce(ONCE, key));
}

function record(
  { history }: World,
  process: SimulatedProcess,
  { kind, digit }: Pick<OnceCall, 'kind' | 'digit'>,
  call: (key: string) => Promise<boolean>,
): void {
  const key = `key-${digit}`;
  const made: Partial<OnceCall> = { kind, digit };
  made.invocation = history.record(
    process,
    `${kind} once(${ONCE}, 4^${digit}, ${key})`,
    () => call(key),
    (_, answer) => {
      made.answer = answer;
    },
  );
  history.once.push(made as OnceCall);
}
