const MINUTE = 60_000;
const DAY = 86_400_000;
/** Between 2000 and 2040 no zone moves its clocks twice within it. */
const STEP = 6 * DAY;

export const FROM = Date.UTC(2000, 0, 1);
export const TO = Date.UTC(2041, 0, 1);

/** A moment at which the clocks of a zone are moved: by how many milliseconds, back if below zero. */
export interface Move {
  at: number;
  by: number;
}

const ALIASES = [
  ...['UTC', 'GMT', 'CET', 'EST5EDT', 'PST8PDT', 'Etc/GMT+12', 'Etc/GMT-14', 'US/Hawaii'],
  ...['US/Pacific', 'Asia/Calcutta', 'Asia/Katmandu', 'Asia/Saigon', 'Asia/Rangoon', 'Europe/Kiev'],
  ...['America/Buenos_Aires', 'America/Godthab', 'Atlantic/Faeroe', 'Pacific/Enderbury', 'Turkey'],
];

export const ZONES: readonly string[] = [
  ...new Set([...Intl.supportedValuesOf('timeZone'), ...ALIASES]),
];

/** The clock on the wall in a zone, as a time in UTC that reads alike: by Intl alone, not by the library. */
export function wallClock(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    hourCycle: 'h23',
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const part = (text: string, from: number, length = 2): number =>
    Number(text.slice(from, from + length));
  return (instant) => {
    // such as 11/14/2023, 23:13:20
    const text = format.format(instant);
    const day = Date.UTC(part(text, 6, 4), part(text, 0) - 1, part(text, 3));
    const seconds = part(text, 12) * 3600 + part(text, 15) * 60 + part(text, 18);
    return day + seconds * 1000 + (((instant % 1000) + 1000) % 1000);
  };
}

/** Every move of a zone's clocks from 2000 to 2040. */
export function movesOf(clock: (instant: number) => number): Move[] {
  const offset = (instant: number): number => clock(instant) - instant;
  const moves: Move[] = [];
  let before = offset(FROM);
  for (let from = FROM; from < TO; from += STEP) {
    const after = offset(from + STEP);
    if (after === before) continue;
    let [low, high] = [from, from + STEP];
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    moves.push({ at: high, by: after - before });
    before = after;
  }
  return moves;
}
