import { BUCKET_SEPARATOR, parseName } from '../../../lib/words/bucket-name.js';
import { NAMESPACES } from '../database-server.js';
import { counts, has, mask } from '../digits.js';
import type { Reading } from '../history.js';
import { countedName } from '../outbox-table.js';
import {
  NAMES,
  type Rename,
  type RenamedIncrement,
  type RenamingClient,
} from '../renaming-client.js';
import type { World } from '../world.js';
import { checkCounts, toSends } from './increments.js';
import type { Names } from './losses.js';

/**
 * What was counted under all of these names is in their rows, or in the outbox, in total and in windows, as often as it was counted:
 * whoever moved what meanwhile. No memory of Redis is the only place of what a row held.
 */
export function checkRenamed(world: World, client: RenamingClient, forgotAt: number): string[] {
  const { increments, readings, renames } = client;
  const inWindows = increments.filter((increment) => increment.inWindows);
  return [
    ...checkSum(world, 'all names', increments, isTotal),
    ...checkSum(world, 'the windows of all names', inWindows, isBucket),
    ...checkCalls(world, renames),
    ...checkLeft(world, renames),
    ...readings
      .filter(({ invocation }) => invocation.ended < forgotAt)
      .flatMap((reading) => checkReading(client, reading)),
  ];
}

/** Names that are more than the calls of a run have. */
const ROOM = 100;

/** Counters that are moved, and their buckets. */
export const isRenamed: Names = (name) => NAMES.includes(parseName(name).counter);
const isBucket: Names = (name) => name.includes(BUCKET_SEPARATOR) && isRenamed(name);
export const isTotal: Names = (name) => !name.includes(BUCKET_SEPARATOR) && isRenamed(name);

/** What rows of these names hold together. */
export function heldBy({ database }: World, names: Names): bigint {
  let sum = 0n;
  for (const [name, { value }] of database.rowsOf(NAMESPACES.counters))
    if (names(name)) sum += value;
  return sum;
}

/** Rows under these names, with what they hold. */
export const rowsUnder = ({ database }: World, names: Names): string[] =>
  [...database.rowsOf(NAMESPACES.counters)]
    .filter(([name]) => names(name))
    .map(([name, { value }]) => `${JSON.stringify(name)} ${value}`);

function checkSum(
  world: World,
  counter: string,
  increments: readonly RenamedIncrement[],
  names: Names,
): string[] {
  const { database, redis } = world;
  const refused = database.outbox.refused.filter((row) => names(countedName(row)));
  if (refused.length > 0 && redis.losses.length === 0) {
    return [`${refused.length} rows of the outbox were refused for nothing`];
  }
  // with its memory Redis loses the key of a row that is moved
  const all = toSends(increments).map(({ digit, sends }) => ({
    digit,
    sends: [...sends, ...redis.losses.flatMap(() => sends.slice(0, 1))],
  }));
  return checkCounts(world, {
    ...{ counter, all, names },
    value: heldBy(world, names),
    waiting: refused.reduce((sum, row) => sum + BigInt(row.delta), 0n),
    persisted: database.persisted(names),
  });
}

/** Without faults each call succeeds, where the buffer has room. */
function checkCalls({ settings }: World, renames: readonly Rename[]): string[] {
  if (!settings.faultless || settings.maxBufferedNames < ROOM) return [];
  return renames.flatMap(({ invocation: { text, outcome = 'not answered' } }) =>
    outcome === 'acknowledged' ? [] : [`${text} was ${outcome}`],
  );
}

/** What was moved, and is no target, has no row: what comes later follows. */
function checkLeft(world: World, renames: readonly Rename[]): string[] {
  if (world.redis.losses.length > 0) return [];
  const targets = new Set(renames.map(({ to }) => to));
  const moved = renames.flatMap(({ from, invocation }) =>
    invocation.outcome === 'acknowledged' ? from.filter((name) => !targets.has(name)) : [],
  );
  const left = rowsUnder(world, (name) => moved.includes(parseName(name).counter));
  return left.map((row) => `${row} is left, though it was renamed`);
}

/** It holds nothing twice, and nothing that came later; of what was moved before, all, or nothing. */
function checkReading({ increments, renames }: RenamingClient, reading: Reading): string[] {
  const { counter, value, invocation } = reading;
  const bits = mask(value);
  const violations: string[] = [];
  const complain = (what: string, digit: number): void => {
    violations.push(
      `${invocation.text} of ${invocation.process.name}: ${counter} ${what} 4^${digit}`,
    );
  };
  counts(value).forEach((count, digit) => {
    if (count > 1) complain(`holds ${count} times`, digit);
  });
  const begun = renames.filter((rename) => rename.invocation.begun < invocation.ended);
  for (const { digit, sends } of toSends(increments)) {
    const isPossible = sends.some(
      (sent) => sent.invocation.outcome !== 'refused' && sent.invocation.begun < invocation.ended,
    );
    if (!isPossible && has(bits, digit)) complain('foresees', digit);
    const [first] = sends;
    if (first === undefined || sends.length > 1) continue;
    const name = first.counter;
    const isOwed = first.invocation.outcome === 'acknowledged';
    const moves = begun.filter(({ from }) => from.includes(name));
    const [move] = moves;
    if (!isOwed || moves.length > 1) continue;
    if (move === undefined) {
      // nothing was moved away from it
      const isOwn = counter === name && first.invocation.ended < invocation.begun;
      if (isOwn && !has(bits, digit)) complain('misses', digit);
      if (counter !== name && has(bits, digit)) complain('holds', digit);
      continue;
    }
    const { outcome, ended, begun: since } = move.invocation;
    const isOver = outcome === 'acknowledged' && ended < invocation.begun;
    if (!isOver || first.invocation.ended > since) continue;
    // what becomes a target meanwhile stays where it is
    if (begun.some(({ from, to }) => from.includes(move.to) || to === name)) continue;
    if (counter === move.to && !has(bits, digit)) complain('misses', digit);
    if (counter !== move.to && has(bits, digit)) complain('still holds', digit);
  }
  return violations;
}
