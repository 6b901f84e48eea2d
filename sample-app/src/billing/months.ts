import type { MeteringService } from 'nestjs-fastcounter';
import { API_QUOTA, type Plan } from './plans.js';

/** The billed month that a moment is in, by default the present one. */
export async function monthOf(
  metering: MeteringService,
  { included, window }: Plan,
  at?: Date,
): Promise<{ from: Date; to: Date }> {
  const { startsAt, resetsAt } = await metering.quota(API_QUOTA, { limit: included, window, at });
  if (startsAt !== undefined && resetsAt !== undefined) return { from: startsAt, to: resetsAt };
  throw new TypeError('The plan has no window');
}

/** The noon of the day, in UTC, with which the billed month begins: in every time zone a moment of it. */
export function momentIn({ anchor }: Plan, month: string): Date {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const lastDay = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return new Date(Date.UTC(year, number - 1, Math.min(anchor, lastDay), 12));
}
