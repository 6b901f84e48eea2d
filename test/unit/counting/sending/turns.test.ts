import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Turns } from '../../../../lib/counting/sending/turns.js';

// the clock of the test: on a busy machine turns may take as long as the longest wait
let now = 0;
beforeEach(() => {
  now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => void vi.restoreAllMocks());

/** Of lanes that each wait for an answer. */
function ofLanes(number: number): Turns {
  const turns = new Turns();
  for (let lane = 0; lane < number; lane++) turns.begin();
  return turns;
}

describe('lanes that were answered', () => {
  test('go on at once when none is before them', async () => {
    const turns = ofLanes(2);
    expect(turns.next()).toBeUndefined();
    for (let i = 0; i < 4; i++) await turn();
    expect(turns.next()).toBeUndefined();
  });

  test('go on one after the other, in order, with turns of the event loop between them', async () => {
    const turns = ofLanes(3);
    const passed: string[] = [];
    expect(turns.next()).toBeUndefined();
    const waiting = ['second', 'third'].map(async (lane) => {
      await turns.next();
      passed.push(lane);
    });
    await turn();
    expect(passed).toEqual([]);
    await waiting[0];
    expect(passed).toEqual(['second']);
    await turn();
    expect(passed).toEqual(['second']);
    await waiting[1];
    expect(passed).toEqual(['second', 'third']);
  });

  test('go on together when they have waited for long', async () => {
    const turns = ofLanes(4);
    const passed: string[] = [];
    expect(turns.next()).toBeUndefined();
    const waiting = ['second', 'third', 'fourth'].map(async (lane) => {
      await turns.next();
      passed.push(lane);
    });
    // the application is busy
    now += 10;
    await waiting[0];
    await Promise.resolve();
    expect(passed).toEqual(['second', 'third', 'fourth']);
    await Promise.all(waiting);
  });

  test('leave the event loop to others, however quickly they come back', async () => {
    const turns = ofLanes(4);
    let looked = false;
    setImmediate(() => (looked = true));
    for (let i = 0; i < 3; i++) await turns.next();
    expect(looked).toBe(true);
  });

  test('leave the event loop to others also when each is alone', async () => {
    const turns = new Turns();
    let looked = false;
    setImmediate(() => (looked = true));
    for (let i = 0; i < 100; i++) {
      turns.begin();
      await turns.next();
    }
    expect(looked).toBe(true);
  });

  test('go on at once, each time, while no other lane waits for an answer', () => {
    const turns = new Turns();
    for (let i = 0; i < 3; i++) {
      turns.begin();
      expect(turns.next()).toBeUndefined();
    }
  });
});
