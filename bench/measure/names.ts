/** A power of two: a position is masked, not divided. */
const DRAWN = 2 ** 20;
const SKEW = 0.99;

/** 20 characters, which is what a counter's name is like. */
export const counterName = (index: number): string =>
  `views:article:${String(index).padStart(6, '0')}`;

/** Names to count, to be used over and over: the same for every subject. */
export interface DrawnNames {
  readonly names: readonly string[];
  /** For positions in `names`: `names[position & mask]`. */
  readonly mask: number;
}

/** One counter, or so many: the most popular one is counted most. */
export function drawNames(counters: number): DrawnNames {
  if (counters === 1) return { names: [counterName(0)], mask: 0 };
  const all = Array.from({ length: counters }, (_, index) => counterName(index));
  const draw = zipfian(counters, seededRandom(42));
  const names = Array.from({ length: DRAWN }, () => all[draw()] ?? counterName(0));
  return { names, mask: DRAWN - 1 };
}

/** By number of counters: how often each name is drawn. */
const frequencies = new Map<number, readonly number[]>();

/** How many different names come in so many calls, on average. */
export function expectedDistinct(counters: number, calls: number): number {
  let known = frequencies.get(counters);
  if (known === undefined) frequencies.set(counters, (known = frequenciesOf(counters)));
  return known.reduce((sum, frequency) => sum + 1 - (1 - frequency) ** calls, 0);
}

function frequenciesOf(counters: number): number[] {
  const { names } = drawNames(counters);
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return Array.from(times.values(), (count) => count / names.length);
}

/**
 * Ranks by popularity, the first one most of all. The method of Gray et al., "Quickly generating
 * billion-record synthetic databases", with the skew that YCSB made the custom.
 */
function zipfian(count: number, random: () => number): () => number {
  let zeta = 0;
  for (let rank = 1; rank <= count; rank++) zeta += rank ** -SKEW;
  const zetaOfTwo = 1 + 2 ** -SKEW;
  const alpha = 1 / (1 - SKEW);
  const eta = (1 - (2 / count) ** (1 - SKEW)) / (1 - zetaOfTwo / zeta);
  return () => {
    const drawn = random();
    const scaled = drawn * zeta;
    if (scaled < 1) return 0;
    if (scaled < zetaOfTwo) return 1;
    return Math.min(count - 1, Math.floor(count * (eta * drawn - eta + 1) ** alpha));
  };
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
