import { Logger } from '@nestjs/common';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CounterEvents } from '../../lib/events.js';

function recorded() {
  const events = new CounterEvents();
  const reports: string[] = [];
  events.on('outage', ({ of }) => reports.push(`outage ${of}`));
  events.on('recovery', ({ of }) => reports.push(`recovery ${of}`));
  return { events, reports };
}

describe('counter events', () => {
  test('report an outage once, and the recovery once', () => {
    const { events, reports } = recorded();
    const error = new Error('away');
    events.succeeded('redis');
    events.failed('redis', error);
    events.failed('redis', error);
    events.succeeded('redis');
    events.succeeded('redis');
    events.failed('redis', error);
    expect(reports).toEqual(['outage redis', 'recovery redis', 'outage redis']);
  });

  test('tell the dependencies apart', () => {
    const { events, reports } = recorded();
    events.failed('redis', new Error('away'));
    events.succeeded('database');
    events.failed('database', new Error('away'));
    events.succeeded('redis');
    expect(reports).toEqual(['outage redis', 'outage database', 'recovery redis']);
  });

  test('watch a promise, and answer or reject as it does', async () => {
    const { events, reports } = recorded();
    await expect(events.watch('queue', Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await events.watch('queue', Promise.resolve(5))).toBe(5);
    expect(reports).toEqual(['outage queue', 'recovery queue']);
  });

  test('survive a listener that throws, and log its error', () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    onTestFinished(() => logged.mockRestore());
    const { events, reports } = recorded();
    events.on('outage', () => {
      throw new Error('in the listener');
    });
    expect(() => events.failed('redis', new Error('away'))).not.toThrow();
    events.succeeded('redis');
    expect(reports).toEqual(['outage redis', 'recovery redis']);
    expect(logged.mock.calls.join()).toContain('in the listener');
  });
});
