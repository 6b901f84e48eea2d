import type { PartitionState, Round } from './partition-state.js';

/** The limits of `_rounds.lua`, which says what they are for. */
const MOST_IN_A_ROUND = 1000;
const MOST_ROUNDS = 100;

/** When a counter that comes now is due, and the round that lies ahead; only intervals longer than a tick have rounds. */
export function planOf(
  { rounds }: PartitionState,
  interval: number,
  tick: number,
  now: number,
): { time: number; round?: Round } {
  const grain = Math.min(tick, interval);
  const time = grain === 0 ? now : Math.ceil((now + interval) / grain) * grain;
  if (interval <= tick) return { time };
  const last = rounds.get(interval);
  const round = last === undefined || last.time < now || last.time > time ? next(last, time) : last;
  const isOpen = !round.isSpread && round.count <= MOST_IN_A_ROUND;
  return { time: isOpen ? round.time : time, round };
}

function next(before: Round | undefined, time: number): Round {
  const most = before?.isSpread === true ? MOST_IN_A_ROUND / 2 : MOST_IN_A_ROUND;
  return { time, count: 0, isSpread: before !== undefined && before.count > most };
}

/** `number`: of the counters newly scheduled by this plan. */
export function joinRound(
  { rounds }: PartitionState,
  interval: number,
  round: Round | undefined,
  number: number,
): void {
  if (round === undefined || number === 0) return;
  if (round.count === 0 && rounds.size > MOST_ROUNDS) rounds.clear();
  rounds.set(interval, { ...round, count: round.count + number });
}
