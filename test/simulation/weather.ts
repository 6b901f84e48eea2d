import type { Random } from './random.js';

/** What can become of one call to a server, with its probability. */
export interface Weather {
  /** Fails, and certainly did nothing. */
  refused: number;
  /** Fails, and did nothing; the caller cannot know. */
  requestLost: number;
  /** Happens, now or much later, and the caller is told that it failed. */
  replyLost: number;
  /** Happens a second time, later; that answer reaches nobody. */
  duplicated: number;
  /** Takes up to `slowest` milliseconds, longer than its caller may be ready to wait. */
  slow: number;
  slowest: number;
}

export type Fate = 'fine' | 'refused' | 'requestLost' | 'replyLost';

export const CALM: Weather = {
  refused: 0,
  requestLost: 0,
  replyLost: 0,
  duplicated: 0,
  slow: 0,
  slowest: 0,
};

export const OUTAGE: Weather = { ...CALM, refused: 0.5, requestLost: 0.4, replyLost: 0.1 };

/** Anything from a breeze to a storm. */
export function drawWeather(random: Random): Weather {
  const strength = random.pick([0.02, 0.08, 0.2, 0.4]);
  const part = (): number => (random.chance(0.6) ? strength * random.next() : 0);
  return {
    refused: part() / 2,
    requestLost: part() / 2,
    replyLost: part(),
    duplicated: part(),
    slow: part(),
    slowest: random.pick([20, 200, 1500]),
  };
}

export function drawFate(weather: Weather, random: Random): Fate {
  const { refused, requestLost, replyLost } = weather;
  if (refused + requestLost + replyLost === 0) return 'fine';
  const drawn = random.next();
  if (drawn < refused) return 'refused';
  if (drawn < refused + requestLost) return 'requestLost';
  if (drawn < refused + requestLost + replyLost) return 'replyLost';
  return 'fine';
}

/** Milliseconds of one way through the network. */
export function drawDelay(weather: Weather, random: Random): number {
  if (random.chance(weather.slow)) return random.next() * weather.slowest;
  return 0.05 + random.exponential(0.4);
}
