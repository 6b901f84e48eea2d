import type { Hastened } from '../../counter-cache.js';
import type { Wake } from '../../wake.js';
import type { PartitionState } from '../state/partition-state.js';

/** Asks for a job at a time, unless one is asked for that does not come later. */
export function askForWake(state: PartitionState, now: number, time: number): Wake | undefined {
  const { asked } = state;
  if (asked !== undefined && asked.at <= time) return undefined;
  const id = `${++state.wakes}-${now}`;
  state.asked = { id, at: time };
  return { id, delay: Math.max(0, time - now), replaces: asked?.id };
}

/** The same for what is due first, if anything is. */
export function askForFirstWake(state: PartitionState, now: number): Wake | undefined {
  const first = state.due.earliest();
  return first === undefined ? undefined : askForWake(state, now, Math.max(first, now));
}

/** What `hasten.lua` does. */
export function hasten(
  state: PartitionState,
  names: readonly string[] | undefined,
  mark: number | undefined,
  now: number,
): Hastened {
  const at = mark ?? now;
  for (const name of names ?? state.due.names()) {
    if (state.due.get(name) !== undefined) state.due.put(name, at);
  }
  const isDue = (state.due.earliest() ?? Infinity) <= at;
  return { mark: at, more: false, wake: isDue ? askForFirstWake(state, now) : undefined };
}

/** What `wake.lua` does. */
export function wakeNow(state: PartitionState, now: number): Wake {
  const replaces = state.asked?.id;
  state.asked = undefined;
  return { id: '', delay: 0, ...askForWake(state, now, now), replaces };
}
