import { counts } from '../digits.js';
import { ONCE, type OnceCall } from '../once-client.js';
import type { World } from '../world.js';

/**
 * Who was told that a key counted, or that it was taken back, was told so in turn: the value holds each key at most once, and as
 * often as it counted and was not taken back. With its memory Redis loses the keys too.
 */
export function checkOnce({ history, redis }: World, value: bigint): string[] {
  if (redis.losses.length > 0) return [];
  const found = counts(value);
  if (found.some((count) => !(count <= 1))) return [`${ONCE} is ${value}: a key counted twice`];
  const digits = new Set(history.once.map(({ digit }) => digit));
  return [...digits].flatMap((digit) => {
    const calls = history.once.filter((call) => call.digit === digit);
    const held = found[digit] ?? 0;
    const [counted, mayHaveCounted] = applied(calls, 'count');
    const [undone, mayBeUndone] = applied(calls, 'undo');
    const fits =
      counted - undone - mayBeUndone <= held && held <= counted + mayHaveCounted - undone;
    const told = calls.map(show).join(', ');
    if (!fits) return [`${ONCE} holds 4^${digit} ${held} times (${told})`];
    const isSure = mayHaveCounted === 0 && calls.some(wasCounted);
    return isSure && counted === 0 ? [`no call counted 4^${digit} (${told})`] : [];
  });
}

/** How many certainly were, and how many more may have been. */
function applied(calls: readonly OnceCall[], kind: OnceCall['kind']): [number, number] {
  const ofKind = calls.filter((call) => call.kind === kind);
  const open = ofKind.filter(
    ({ invocation: { outcome } }) => outcome === undefined || outcome === 'unknown',
  );
  return [ofKind.filter(({ answer }) => answer === true).length, open.length];
}

const wasCounted = ({ kind, answer }: OnceCall): boolean =>
  kind === 'count' && answer !== undefined;

const show = ({ kind, answer, invocation: { outcome, process } }: OnceCall): string =>
  `${kind}: ${answer?.toString() ?? outcome ?? 'never answered'} of ${process.name}`;
