import { type Check, ok, warn } from './check.js';

/** Milliseconds by which clocks may differ. */
const APART = 2_000;

/** Compares the clock of a server, asked at a moment, with that of this machine. */
export function clockCheck(of: string, server: number, asked: number, now = Date.now()): Check {
  // the server answered between the question and now
  const apart = server < asked ? server - asked : Math.max(0, server - now);
  if (Math.abs(apart) < APART) return ok(of, 'The same as here');
  const text = `${(Math.abs(apart) / 1000).toFixed(1)} s ${apart < 0 ? 'behind' : 'ahead of'} this machine`;
  return warn(
    of,
    text,
    'Have all machines take their time by NTP: windows begin by the clocks of the processes',
  );
}
