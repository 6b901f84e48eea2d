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

/** The day on which months of an anchor begin in a month of the calendar: that day, or the last one of a shorter month. */
function beginningIn(year: number, month: number, anchor: number): Date {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1, Math.min(anchor, days)));
}

const partsOf = (date: string): [number, number, number] => {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return [year, month, day];
};

/** From when on nobody is in a billing month any more that began with a date, in whatever zone: an hour later it may be closed. */
export function closableFrom(date: string): number {
  const [year, month, day] = partsOf(date);
  // one that begins with the last day may have any anchor from there on
  const isLast = day === new Date(Date.UTC(year, month, 0)).getUTCDate();
  return beginningIn(year, month + 1, isLast ? 31 : day).getTime() + DAY + 60 * MINUTE;
}

/** The date on which the billing month of an anchor began that is under way. */
export function billingDate(at: number, zone: string, anchor: number): string {
  const [year, month, day] = partsOf(dateIn(zone, at));
  const begins = beginningIn(year, month, anchor);
  const date = day >= begins.getUTCDate() ? begins : beginningIn(year, month - 1, anchor);
  return date.toISOString().slice(0, 10);
}
