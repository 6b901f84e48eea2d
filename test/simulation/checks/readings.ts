import { counts, has, mask } from '../digits.js';
import type { Reading } from '../history.js';
import type { World } from '../world.js';
import { byDigit, mostCounts } from './increments.js';

/**
 * Every answer is the value at one moment between its call and its end: it holds what was
 * acknowledged before, nothing that came later, and of two answers one holds all of the other.
 * What Redis forgot is not held against answers after that.
 */
export function checkReadings(world: World, counter: string, forgotAt: number): string[] {
  const all = world.history.readings.filter((reading) => reading.counter === counter);
  const readings = all.filter(({ invocation }) => invocation.ended < forgotAt);
  return [
    ...readings.flatMap((reading) => checkOne(world, reading)),
    ...checkOrder(readings),
    ...(world.settings.losses.includes('rewind') ? [] : checkDoubles(world, counter, all)),
  ];
}

function checkDoubles(world: World, counter: string, readings: readonly Reading[]): string[] {
  const most = new Map(
    byDigit(world, counter).map(({ digit, sends }) => [digit, mostCounts(world, sends)]),
  );
  return readings.flatMap((reading) =>
    counts(reading.value).flatMap((count, digit) =>
      count <= (most.get(digit) ?? 0) ? [] : [`${show(reading)} holds 4^${digit} ${count} times`],
    ),
  );
}

function checkOne(world: World, reading: Reading): string[] {
  const bits = mask(reading.value);
  const { begun, ended } = reading.invocation;
  const violations: string[] = [];
  if (reading.own !== undefined && !has(bits, reading.own)) {
    violations.push(`${show(reading)} does not hold its own increment`);
  }
  for (const { digit, sends } of byDigit(world, reading.counter)) {
    const outcomes = sends.map(({ invocation }) => invocation);
    const owed = outcomes.some((sent) => sent.outcome === 'acknowledged' && sent.ended < begun);
    const possible = outcomes.some((sent) => sent.outcome !== 'refused' && sent.begun < ended);
    if (owed && !has(bits, digit)) violations.push(`${show(reading)} misses 4^${digit}`);
    if (!possible && has(bits, digit)) violations.push(`${show(reading)} foresees 4^${digit}`);
  }
  return violations;
}

function checkOrder(readings: readonly Reading[]): string[] {
  const violations: string[] = [];
  readings.forEach((one, index) => {
    const first = mask(one.value);
    for (const other of readings.slice(index + 1)) {
      const second = mask(other.value);
      const oneHoldsAll = (second & ~first) === 0;
      const otherHoldsAll = (first & ~second) === 0;
      if (!oneHoldsAll && !otherHoldsAll) {
        violations.push(`${show(one)} and ${show(other)} are of no common order`);
      } else if (one.own !== undefined && other.own !== undefined && first === second) {
        violations.push(`${show(one)} and ${show(other)} are not distinct`);
      } else if (wentDown(one, other, otherHoldsAll) || wentDown(other, one, oneHoldsAll)) {
        violations.push(`${show(one)} and ${show(other)} went down`);
      }
    }
  });
  return violations;
}

function wentDown(earlier: Reading, later: Reading, laterHoldsAll: boolean): boolean {
  return earlier.invocation.ended < later.invocation.begun && !laterHoldsAll;
}

function show({ invocation: { text, process }, value, counter }: Reading): string {
  const digits = counts(value).flatMap((count, digit) => (count > 0 ? [`${digit}`] : []));
  return `${text} of ${process.name}: ${counter} = {${digits.join()}}`;
}
