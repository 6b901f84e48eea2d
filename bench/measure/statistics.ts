export interface Summary {
  median: number;
  min: number;
  max: number;
  rounds: number[];
}

/** Of the rounds in which it was measured. */
export function summarize(values: readonly number[]): Summary {
  const rounds = values.filter((value) => Number.isFinite(value));
  const sorted = [...rounds].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const [low = NaN, high = NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return { median: (low + high) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, rounds };
}

/** Round by round: what disturbs a round disturbs both. */
export function divide(values: readonly number[], by: readonly number[]): number[] {
  return values.map((value, round) => value / (by[round] ?? NaN));
}

export function subtract(values: readonly number[], less: readonly number[]): number[] {
  return values.map((value, round) => value - (less[round] ?? NaN));
}
