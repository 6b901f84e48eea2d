import { counts } from '../digits.js';
import type { Increment, Outcome } from '../history.js';
import type { SimulatedProcess } from '../simulated-process.js';
import { BOOKED } from '../transacting-client.js';
import type { World } from '../world.js';
import { checkCounts } from './increments.js';

/** Whichever process counted a row: it need not live to tell of a loss. */
const RELAY = { name: 'a relay', alive: false } as SimulatedProcess;

/**
 * What committed is counted once, what did not commit is not counted, whatever its process was told. A row that is left for an
 * operator was counted once or not at all, and without a loss of Redis there is none.
 */
export function checkTransactions(world: World, value: bigint): string[] {
  const { history, database, redis } = world;
  const refused = new Set(
    database.outbox.refused.flatMap(({ delta }) => [counts(BigInt(delta)).length - 1]),
  );
  if (refused.size > 0 && redis.losses.length === 0) {
    return [`${refused.size} rows of the outbox were refused for nothing`];
  }
  const all = history.transactions.flatMap(({ digits, isCommitted }) =>
    digits.map((digit) => {
      const decided = isCommitted ? 'acknowledged' : 'refused';
      const outcome = refused.has(digit) ? 'unknown' : decided;
      // with its memory Redis loses the key of the row
      const times = 1 + redis.losses.length;
      return { digit, sends: Array.from({ length: times }, () => sent(digit, outcome)) };
    }),
  );
  return checkCounts(world, { counter: BOOKED, value, all });
}

function sent(digit: number, outcome: Outcome): Increment {
  const invocation = {
    process: RELAY,
    text: 'transaction',
    begun: 0,
    ended: Infinity,
    outcome,
  };
  return { counter: BOOKED, digit, invocation };
}
