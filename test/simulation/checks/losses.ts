import { counts } from '../digits.js';
import type { Increment } from '../history.js';
import type { Loss, Moved } from '../redis-server.js';
import type { World } from '../world.js';

/** Whether increments under a name are meant. */
export type Names = (name: string) => boolean;

const REPORTS = new Set<string>(['redisWiped', 'redisLostWrites', 'parked', 'redisWentBack']);

/** What Redis forgot of a counter before the database had it, by increment. */
export function lossesByDigit({ redis }: World, names: Names): Map<number, Loss[]> {
  return byDigit(redis.losses, names);
}

/** The increments of counters in what was moved, each with where it was. */
export function byDigit<Of extends Moved>(all: readonly Of[], names: Names): Map<number, Of[]> {
  const digits = new Map<number, Of[]>();
  for (const moved of all) {
    for (const [name, delta] of moved.counters) {
      if (!names(name)) continue;
      counts(delta).forEach((count, digit) => {
        const found = digits.get(digit) ?? [];
        for (let times = 0; times < count; times++) found.push(moved);
        if (found.length > 0) digits.set(digit, found);
      });
    }
  }
  return digits;
}

/** Whether the loss of this increment was reported, as far as anybody could know of it. */
export function isReported(
  world: World,
  losses: readonly Loss[],
  sends: readonly Increment[],
): boolean {
  const isWitnessed = sends.some(
    ({ invocation }) => invocation.outcome === 'acknowledged' && invocation.process.alive,
  );
  return losses.some(({ partition, known, how }) => {
    const { reports, stage } = world;
    if (reports.some(({ event, partition: of }) => REPORTS.has(event) && of === partition)) {
      return true;
    }
    // a call of its sender that comes again makes Redis look as if it had forgotten nothing
    if (isWitnessed) return how === 'rewound' && stage.faults.has('Redis: call repeated later');
    // without its sender only a wipe shows, to whoever seeds next
    return how === 'rewound' || !known;
  });
}
