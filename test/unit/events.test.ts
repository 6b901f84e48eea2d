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
