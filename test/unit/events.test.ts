import { Logger } from '@nestjs/common';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CounterEvents } from '../../lib/events.js';

test('a listener that throws is survived, and its error is logged', () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  onTestFinished(() => logged.mockRestore());
  const events = new CounterEvents();
  const told: number[] = [];
  events.on('backpressure', () => {
    throw new Error('in the listener');
  });
  events.on('persisted', ({ seq }) => told.push(seq));
  expect(() => events.emit('backpressure', { limit: 1 })).not.toThrow();
  events.emit('persisted', { partition: 0, seq: 7, counters: 1, milliseconds: 1 });
  expect(told).toEqual([7]);
  expect(logged.mock.calls.join()).toContain('in the listener');
});

test('a listener that throws with every call is a line for its event in ten seconds', () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  onTestFinished(() => logged.mockRestore());
  const events = new CounterEvents();
  for (const name of ['acknowledged', 'backpressure'] as const) {
    events.on(name, () => {
      throw new Error(`in a listener ${Math.random()}`);
    });
  }
  for (let i = 0; i < 100; i++) {
    events.emit('acknowledged', { partition: 0, operations: 1 });
    events.emit('backpressure', { limit: 1 });
  }
  expect(logged).toHaveBeenCalledTimes(2);
});
