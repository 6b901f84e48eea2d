import { closedLoop } from '../measure/closed-loop.js';
import { openLoop } from '../measure/open-loop.js';
import type { Subject } from '../subject.js';

/** Something that counts. */
export interface CountingPeer {
  /** Resolves when the increment is acknowledged. */
  incr: (name: string) => Promise<unknown>;
  /** What happened meanwhile, by name; called when measuring begins and when it ends. */
  notes?: () => Record<string, number>;
  settle?: () => Promise<void>;
  close: () => Promise<void>;
}

/** Counted by callers who await, or by calls at random times. */
export function countingSubject({ incr, notes, settle, close }: CountingPeer): Subject {
  return {
    async run(task, clock) {
      let before: Record<string, number> = {};
      const begin = (): void => {
        before = notes?.() ?? {};
        clock.begin();
      };
      const noting = { begin, end: () => clock.end() };
      const outcome =
        task.perSecond === undefined
          ? await closedLoop(incr, task, noting)
          : await openLoop(incr, task, { perSecond: task.perSecond }, noting);
      const after = notes?.() ?? {};
      const extra = Object.fromEntries(
        Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
      );
      return { ...outcome, extra: { ...outcome.extra, ...extra } };
    },
    settle,
    close,
  };
}
