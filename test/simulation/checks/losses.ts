import { counts } from '../digits.js';
import type { Increment } from '../history.js';
import type { Loss } from '../redis-server.js';
import type { World } from '../world.js';

const REPORTS = new Set<string>(['redisWiped', 'redisLostWrites', 'parked']);

/** What Redis forgot of a counter before the database had it, by increment. */
export function lossesByDigit({ redis }: World, counter: string): Map<number, Loss[]> {
  const losses = new Map<number, Loss[]>();
  for (const loss of redis.losses) {
    counts(loss.counters.get(counter) ?? 0n).forEach((count, digit) => {
      if (count > 0) losses.set(digit, [...(losses.get(digit) ?? []), loss]);
    });
  }
  return losses;
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
