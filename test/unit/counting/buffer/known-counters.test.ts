import { describe, expect, test } from 'vitest';
import { Calendar } from '../../../../lib/windows/calendar.js';
import { KnownCounters } from '../../../../lib/counting/buffer/known-counters.js';
import { Windows } from '../../../../lib/windows/windows.js';

const MANY = 60_000;

const known = (windows = new Windows([], new Calendar('UTC'))): KnownCounters =>
  new KnownCounters((name) => name.length, windows);

/** So many others are counted, one after the other. */
function learnOthers(counters: KnownCounters): void {
  for (let i = 0; i < MANY; i++) counters.of(`other:${i}`);
}

describe('counters that a process knows', () => {
  test('are the same each time', () => {
    const counters = known();
    expect(counters.get('abc')).toBeUndefined();
    const counter = counters.of('abc');
    expect(counter).toMatchObject({ name: 'abc', partition: 3 });
    expect(counters.of('abc')).toBe(counter);
    expect(counters.get('abc')).toBe(counter);
  });

  test.each(['á', '日本', '𝒳y', '__proto__', 'a b'])('keep the name %s as it is', (name) => {
    expect(known().of(name).name).toBe(name);
  });

  test('are forgotten when very many others came', () => {
    const counters = known();
    counters.of('abc');
    learnOthers(counters);
    expect(counters.get('abc')).toBeUndefined();
  });

  test('stay while they have entries', () => {
    const counters = known();
    const counter = counters.of('abc');
    counter.unsettledEntries = 1;
    learnOthers(counters);
    expect(counters.get('abc')).toBe(counter);
    counter.unsettledEntries = 0;
    learnOthers(counters);
    learnOthers(counters);
    expect(counters.get('abc')).toBeUndefined();
  });

  test('know what they are kept per', () => {
    const windows = new Windows([{ prefix: 'api.', windows: ['hour'] }], new Calendar('UTC'));
    const counters = known(windows);
    const [kept, other] = [counters.of('api.calls'), counters.of('views')];
    expect(counters.windowsOf(kept)?.windows).toEqual(['hour']);
    expect(counters.windowsOf(other)).toBeUndefined();
    expect(counters.windowsOf(kept, ['day'])?.windows).toEqual(['hour', 'day']);
  });
});
