import { InvalidArgumentError } from '../../errors.js';

/**
 * How far ahead of this process the clock of whoever saw an event may be, in milliseconds. As Stripe takes usage:
 * https://docs.stripe.com/api/billing/meter-event/create ("within the past 35 calendar days or up to 5 minutes in the future").
 */
const AHEAD = 5 * 60_000;
const DAY = 86_400_000;

/** Refuses a moment that is longer ago than `acceptPast` milliseconds, or yet to come. */
export function expectAccepted(at: number, acceptPast: number, now = Date.now()): void {
  const wrong = (allowed: string): InvalidArgumentError =>
    new InvalidArgumentError(`at (${new Date(at).toISOString()}) must be ${allowed}`);
  if (at > now + AHEAD) throw wrong('at most 5 minutes ahead of the clock of this process');
  if (at >= now - acceptPast) return;
  const days = acceptPast / DAY;
  const time = days >= 1 ? `${Number(days.toFixed(2))} days` : `${acceptPast} ms`;
  throw wrong(`at most ${time} ago (option windows.acceptPast)`);
}
