import { randomUUID } from 'node:crypto';
import { newPartitionState, type PartitionState } from './partition-state.js';

/** The partitions of one namespace in this process. */
export class MemoryStates {
  /** Its batches are numbered apart from those of any other process. */
  readonly id = randomUUID();
  private readonly partitions = new Map<number, PartitionState>();

  partition(index: number): PartitionState {
    let state = this.partitions.get(index);
    if (state === undefined) {
      state = newPartitionState();
      this.partitions.set(index, state);
    }
    return state;
  }
}

const states = new WeakMap<object, Map<string, MemoryStates>>();

/**
 * The states that belong to an in-memory store: modules that are handed the same store share their
 * counts, as processes that use the same Redis do.
 */
export function statesOf(store: object, namespace: string, queues: number): MemoryStates {
  let namespaces = states.get(store);
  if (namespaces === undefined) {
    namespaces = new Map();
    states.set(store, namespaces);
  }
  const key = keyOf(namespace, queues);
  let found = namespaces.get(key);
  if (found === undefined) {
    found = new MemoryStates();
    namespaces.set(key, found);
  }
  return found;
}

/** Whoever is handed the store next begins anew, under another id. */
export function forgetStates(store: object, namespace: string, queues: number): void {
  states.get(store)?.delete(keyOf(namespace, queues));
}

// another number of queues lays the counters out anew: only persisted values carry over
const keyOf = (namespace: string, queues: number): string => `${namespace}:${queues}`;
