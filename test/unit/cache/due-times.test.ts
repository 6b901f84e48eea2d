import { describe, expect, test } from 'vitest';
import { DueTimes } from '../../../lib/cache/memory/state/due-times.js';

function dueTimes(times: Record<string, number>): DueTimes {
  const due = new DueTimes();
  for (const [name, at] of Object.entries(times)) due.put(name, at);
  return due;
}

describe('due times', () => {
  test('keep the earlier of two times', () => {
    const due = dueTimes({ a: 20 });
    due.put('a', 30);
    expect(due.get('a')).toBe(20);
    due.put('a', 10);
    expect(due.get('a')).toBe(10);
    expect(due.until(15, 10)).toEqual(['a']);
    expect(due.until(100, 10)).toEqual(['a']);
  });

  test('tell the earliest, also after it is gone', () => {
    const due = dueTimes({ a: 20, b: 10, c: 10 });
    expect(due.earliest()).toBe(10);
    due.delete('b');
    expect(due.earliest()).toBe(10);
    due.delete('c');
    expect(due.earliest()).toBe(20);
    due.delete('a');
    expect(due.earliest()).toBeUndefined();
  });

  test('hand out what is due, the earliest first, up to the limit', () => {
    const due = dueTimes({ d: 40, b: 20, c: 30, a: 10, later: 50 });
    expect(due.until(40, 10)).toEqual(['a', 'b', 'c', 'd']);
    expect(due.until(40, 3)).toEqual(['a', 'b', 'c']);
    expect(due.until(9, 10)).toEqual([]);
    expect(due.until(40, 0)).toEqual([]);
  });

  test('stay as they are when they are looked at', () => {
    const due = dueTimes({ a: 10 });
    due.until(10, 1);
    expect(due.until(10, 1)).toEqual(['a']);
  });

  test('know nothing of a counter that was never put, or deleted', () => {
    const due = dueTimes({ a: 10 });
    due.delete('never');
    due.delete('a');
    due.delete('a');
    expect([due.get('a'), due.get('never')]).toEqual([undefined, undefined]);
    expect(due.until(100, 10)).toEqual([]);
  });

  test('forget everything when cleared', () => {
    const due = dueTimes({ a: 10, b: 20 });
    due.clear();
    expect([...due.names()]).toEqual([]);
    expect(due.earliest()).toBeUndefined();
    due.put('a', 30);
    expect(due.until(30, 10)).toEqual(['a']);
  });

  test('may be changed while the names are gone through', () => {
    const due = dueTimes({ a: 10, b: 20, c: 30 });
    for (const name of due.names()) due.delete(name);
    expect([...due.names()]).toEqual([]);
  });

  test('hold names that are special to JavaScript', () => {
    const due = new DueTimes();
    due.put('__proto__', 10);
    due.put('constructor', 10);
    expect(due.until(10, 10)).toEqual(['__proto__', 'constructor']);
    expect(due.get('toString')).toBeUndefined();
  });
});
