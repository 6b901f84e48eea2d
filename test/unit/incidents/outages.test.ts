import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  CacheUnavailableError,
  CounterEvents,
  type OperationClass,
  QueueCountMismatchError,
  UnexpectedError,
} from '../../../lib/index.js';
import { LogLines } from '../../../lib/incidents/log-lines.js';
import { logEvents } from '../../../lib/module/event-log.js';
import { OutageProbe } from '../../../lib/incidents/outage-probe.js';
import { Outages } from '../../../lib/incidents/outages.js';

const away = new CacheUnavailableError('away');

function recorded() {
  const events = new CounterEvents();
  const reports: string[] = [];
  events.on('outage', ({ of }) => reports.push(`outage ${of}`));
  events.on('recovery', ({ of }) => reports.push(`recovery ${of}`));
  return { events, outages: events.outages, reports };
}

describe('an outage', () => {
  test('is told once, and its end once', async () => {
    const { outages, reports } = recorded();
    outages.succeeded('write', 0);
    outages.failed('write', 0, away);
    outages.failed('write', 0, away);
    outages.succeeded('write', 0);
    outages.succeeded('write', 0);
    await sleep(2);
    outages.failed('write', 0, away);
    expect(reports).toEqual(['outage write', 'recovery write', 'outage write']);
  });

  test('does not end by a success of another class', () => {
    const { outages, reports } = recorded();
    outages.failed('write', 0, away);
    outages.succeeded('read', 0);
    outages.failed('read', 0, away);
    outages.succeeded('write', 0);
    expect(reports).toEqual(['outage write', 'outage read', 'recovery write']);
    expect(outages.list()).toMatchObject([{ of: 'read', error: '[fastcounter] away' }]);
  });

  test('of several places is one, and ends where the last of them succeeds', () => {
    const { outages, reports } = recorded();
    outages.failed('read', 3, away);
    outages.failed('read', 'database', away);
    outages.succeeded('read', 1);
    outages.succeeded('read', 3);
    expect(reports).toEqual(['outage read']);
    outages.succeeded('read', 'database');
    expect(reports).toEqual(['outage read', 'recovery read']);
    expect(outages.list()).toEqual([]);
  });

  test('has what was begun in it, and fails when it is over', async () => {
    const { outages, reports } = recorded();
    let fail: (error: unknown) => void = () => undefined;
    const hangs = new Promise((_, reject) => (fail = reject));
    const watched = outages.watch('read', 3, hangs);
    outages.failed('read', 0, away);
    outages.succeeded('read', 0);
    fail(away);
    await expect(watched).rejects.toBe(away);
    expect(reports).toEqual(['outage read', 'recovery read']);
    await sleep(2);
    outages.failed('read', 3, away);
    expect(reports).toHaveLength(3);
  });

  test('is not what was refused with an error of its own, nor what fails at the end', async () => {
    const { outages, reports } = recorded();
    const refused = new QueueCountMismatchError('other queues');
    await expect(outages.watch('read', 0, Promise.reject(refused))).rejects.toBe(refused);
    outages.close();
    await expect(outages.watch('read', 0, Promise.reject(away))).rejects.toBe(away);
    expect(await outages.watch('read', 0, Promise.resolve(5))).toBe(5);
    expect(reports).toEqual([]);
  });

  test('is a line at its beginning, every five minutes, and at its end', () => {
    const events = new CounterEvents();
    const lines: string[] = [];
    const write = (line: string): number => lines.push(line);
    logEvents(events, new LogLines('mine', { log: write, warn: write, error: write }));
    let now = 0;
    const outages = new Outages(events, () => now);
    for (; now < 660_000; now += 1000) outages.failed('persist', 0, away);
    outages.succeeded('persist', 0);
    expect(lines).toEqual([
      expect.stringMatching(/^FC-NOT-PERSISTING mine: Persisting counts fails: .*away/),
      expect.stringMatching(
        /^FC-NOT-PERSISTING mine: Persisting counts has failed for 5 min: .*away/,
      ),
      expect.stringMatching(
        /^FC-NOT-PERSISTING mine: Persisting counts has failed for 10 min: .*away/,
      ),
      'FC-NOT-PERSISTING mine: Persisting counts works again, 660 s after the first failure',
    ]);
  });
});

test('what failed is tried again until it succeeds, one try at a time, and what works is not', async () => {
  const { outages, reports } = recorded();
  const tries: string[] = [];
  let underWay = 0;
  let most = 0;
  let works = false;
  const retry = async (place: string): Promise<void> => {
    tries.push(place);
    most = Math.max(most, ++underWay);
    await sleep(10);
    underWay--;
    const of: OperationClass = 'read';
    if (works) outages.succeeded(of, place);
    else outages.failed(of, place, away);
  };
  const probe = new OutageProbe(outages, 'read', retry, 2);
  probe.start();
  onTestFinished(() => probe.stop());
  await sleep(20);
  expect(tries).toEqual([]);
  outages.failed('read', 4, away);
  outages.failed('write', 0, away);
  await expect.poll(() => tries.length).toBeGreaterThan(3);
  works = true;
  await expect.poll(() => reports).toContain('recovery read');
  expect(new Set(tries)).toEqual(new Set(['4']));
  expect(most).toBe(1);
  const { length } = tries;
  await sleep(30);
  expect(tries).toHaveLength(length);
});

describe('a mistake of the program', () => {
  test.each([
    new TypeError('x is not a function'),
    new ReferenceError('x is not defined'),
    new CacheUnavailableError('no answer', { cause: new TypeError('x is not a function') }),
    new UnexpectedError('x', { cause: new TypeError('x is not a function') }),
    // as that of another realm, such as Jest's
    runInNewContext('new TypeError("x is not a function")') as unknown,
  ])('is no outage, and is told once until an operation succeeded there: %s', (mistake) => {
    const { events, outages, reports } = recorded();
    outages.failed('persist', 1, mistake);
    outages.failed('persist', 2, mistake);
    expect(reports).toEqual([]);
    expect(outages.list()).toEqual([]);
    const told = (): string[] => events.misconfigurations.list().map(({ message }) => message);
    expect(told()).toEqual([
      expect.stringMatching(/^Counts do not get to the database, by an error of the program/),
    ]);
    expect(outages.mistake).toBe(mistake);
    outages.succeeded('persist', 1);
    expect(told()).toHaveLength(1);
    outages.succeeded('persist', 2);
    expect(told()).toEqual([]);
    expect(outages.mistake).toBeUndefined();
  });
});
