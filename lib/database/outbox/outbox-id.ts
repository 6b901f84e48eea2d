import { randomBytes } from 'node:crypto';

/** Time and number are digits of this base, so that ids sort by them. */
const BASE = 36;
const NUMBERS = BASE ** 4;

const digits = (number: number, length: number): string =>
  number.toString(BASE).padStart(length, '0');

/** Ids that were made at a time or later sort behind this. */
export const idsFrom = (time: number): string => digits(Math.max(0, time), 9);

/** Makes ids of rows that sort in the order in which they were made, by the clock of this process. */
export function outboxIds(): (time: number) => string {
  let last = 0;
  return (time) => {
    last = (last + 1) % NUMBERS;
    return `${digits(time, 9)}${digits(last, 4)}${randomBytes(10).toString('hex')}`;
  };
}
