/** Counts may be late by three update intervals, but at least by this time in milliseconds, before that is a problem. */
const LEAST_PATIENCE = 30_000;

export const patienceOf = (updateInterval: number): number =>
  Math.max(3 * updateInterval, LEAST_PATIENCE);
