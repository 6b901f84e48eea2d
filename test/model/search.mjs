import { BUDGET } from './settings.mjs';
import { faults } from './faults.mjs';
import { invariants } from './invariants.mjs';
import { producer } from './producer.mjs';
import { reader } from './reader.mjs';
import { keyOf, parse, start } from './state.mjs';
import { worker } from './worker.mjs';

function* successors(s) {
  yield* producer(s);
  for (let w = 0; w < BUDGET.workers; w++) {
    // workers are sorted: what the one before can do leads to the same states
    if (w === 0 || JSON.stringify(s.workers[w]) !== JSON.stringify(s.workers[w - 1]))
      yield* worker(s, w);
  }
  for (let r = 0; r < BUDGET.readers; r++) yield* reader(s, r);
  yield* faults(s);
}

/** Visits every state that can be reached, breadth first; says how the first wrong one is. */
export function search() {
  const first = keyOf(start);
  const cameBy = new Map([[first, null]]);
  let frontier = [first];
  while (frontier.length > 0) {
    const wave = [];
    for (const key of frontier) {
      try {
        const s = parse(key);
        invariants(s);
        for (const [label, t] of successors(s)) {
          const next = keyOf(t);
          if (cameBy.has(next)) continue;
          cameBy.set(next, [key, label]);
          wave.push(next);
        }
      } catch (error) {
        const trace = [];
        for (let step = cameBy.get(key); step; step = cameBy.get(step[0])) trace.unshift(step[1]);
        return `red: ${error.message}\n    ${trace.join(' -> ')}`;
      }
    }
    frontier = wave;
  }
  return `green: ${cameBy.size} states`;
}
