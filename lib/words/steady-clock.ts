/**
 * Milliseconds since 1970 by a clock that nobody puts back or on, for what paces: due times, how long
 * something lasts or is kept. It differs from the time of day once that was changed; windows and dates are
 * by `Date.now()`.
 */
export const steadyNow = (): number => Math.floor(performance.timeOrigin + performance.now());
