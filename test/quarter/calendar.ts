/** The time zone of the windows of the namespace: months of invoices begin there. */
export const TIME_ZONE = 'Europe/Berlin';
export const MINUTE = 60_000;
export const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a calendar on the wall of a zone shows: `2027-02-28`. Without any code of lib. */
export function dateIn(timeZone: string, at: number): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv', { timeZone });
  formats.set(timeZone, format);
  return format.format(at);
}

/** The month that an invoice of the namespace is for: `2027-02`. */
export const monthOf = (at: number): string => dateIn(TIME_ZONE, at).slice(0, 7);

/** When a month begins. Clocks of the zone are at whole quarters of an hour. */
export function startOfMonth(month: string): number {
  for (let at = Date.parse(`${month}-01`) - DAY; ; at += 15 * MINUTE) {
    if (monthOf(at) === month) return at;
  }
}

/** The month that follows. */
export const monthAfter = (month: string): string => monthOf(startOfMonth(month) + 40 * DAY);

/** The date on which the billing month of an anchor began that is under way: that day, or the last one of a shorter month. */
export function billingDate(at: number, zone: string, anchor: number): string {
  const [year = 0, month = 0, day = 0] = dateIn(zone, at).split('-').map(Number);
  const beginsIn = (monthOfYear: number): Date => {
    const days = new Date(Date.UTC(year, monthOfYear, 0)).getUTCDate();
    return new Date(Date.UTC(year, monthOfYear - 1, Math.min(anchor, days)));
  };
  const begins = beginsIn(month);
  const date = day >= begins.getUTCDate() ? begins : beginsIn(month - 1);
  return date.toISOString().slice(0, 10);
}
