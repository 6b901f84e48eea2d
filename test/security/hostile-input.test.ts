import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  CounterEvents,
  type CounterService,
  CacheUnavailableError,
  DatabaseUnavailableError,
  FastCounterModule,
  meteredName,
  MeteringService,
  ParkedCounts,
  parseMeteredName,
} from '../../lib/index.js';
import { checkCounterName } from '../../lib/input/counter-name.js';
import { parseTemplate } from '../../lib/metering/rules/name-template.js';
import { CallNotCountedError } from '../../lib/metering/meter/call-not-counted.error.js';
import { LogLines } from '../../lib/incidents/log-lines.js';
import { logEvents } from '../../lib/module/event-log.js';
import { quote, reasonOf } from '../../lib/words/quote.js';
import { type Application, startApplication } from '../support/application.js';
import { TEXTS, VALUES } from './hostile-input.js';

/** The longest message, text of an event and line of the log, in bytes. */
const LONGEST = 1000;
/** Linear work takes four times as long for four times the input: noise may make that so much. */
const MOST_GROWTH = 12;
/** What takes less does not matter, in milliseconds, however much it grew. */
const NEGLIGIBLE = 12;

let application: Application;
let counters: CounterService;
let metering: MeteringService;
let parked: ParkedCounts;
const lines: string[] = [];

beforeAll(async () => {
  application = await startApplication({ mode: 'embedded' });
  ({ counters } = application);
  metering = application.app.get(MeteringService);
  parked = application.app.get(ParkedCounts);
  const write = (line: unknown): number => lines.push(String(line));
  const nest = { log: write, warn: write, error: write };
  logEvents(application.events, new LogLines(application.namespace, nest));
  application.events.on('rejected', ({ error }) => lines.push((error as Error).message));
  return application.close;
});

const asArgument = (value: unknown): never => value as never;

// what would become a text before it gets there
const textOf = (given: unknown): string => (typeof given === 'string' ? given : 'a');

async function drain(entries: AsyncIterable<unknown>): Promise<void> {
  for await (const entry of entries) expect(entry).toBeUndefined();
}

/** Whatever takes something that can come from outside. */
const ENTRANCES: Record<string, (given: unknown) => unknown> = {
  'the name of incr()': (given) => counters.incr(asArgument(given)),
  'a name of incrMany()': (given) => counters.incrMany([{ name: asArgument(given) }]),
  'the increments of incrMany()': (given) => counters.incrMany(asArgument(given)),
  'the name of incrAndGet()': (given) => counters.incrAndGet(asArgument(given)),
  'the name of tryIncr()': (given) => counters.tryIncr(asArgument(given), 1, { max: 1 }),
  'the name of getCount()': (given) => counters.getCount(asArgument(given)),
  'a name of getCounts()': (given) => counters.getCounts([asArgument(given)]),
  'the names of getCounts()': (given) => counters.getCounts(asArgument(given)),
  'the name of set()': (given) => counters.set(asArgument(given), 1),
  'the name of reset()': (given) => counters.reset(asArgument(given)),
  'the name of delete()': (given) => counters.delete(asArgument(given)),
  'a name of flush()': (given) => counters.flush([asArgument(given)]),
  'a delta': (given) => counters.incr('a', asArgument(given)),
  'a value': (given) => counters.set('a', asArgument(given)),
  'the options of incr()': (given) => counters.incr('a', 1, asArgument(given)),
  'an idempotency key': (given) =>
    counters.incr('a', 1, { idempotencyKey: asArgument(given), updateInterval: -1 }),
  'a key that counts once': (given) => counters.incrOnce('a', asArgument(given), { within: 0 }),
  'a key to take back': (given) => counters.undoOnce('a', asArgument(given)),
  'the options of incrOnce()': (given) => counters.incrOnce('a', 'k', asArgument(given)),
  'a time to be known': (given) => counters.incrOnce('a', 'k', { within: asArgument(given) }),
  'an interval': (given) => counters.incr('a', 1, { updateInterval: asArgument(given) }),
  windows: (given) => counters.incr('a', 1, { windows: asArgument(given) }),
  'a window': (given) => counters.incr('a', 1, { windows: [asArgument(given)] }),
  'a maximum': (given) => counters.tryIncr('a', 1, { max: asArgument(given) }),
  'the options of list()': (given) => counters.list(asArgument(given)),
  'a prefix': (given) => counters.list({ prefix: asArgument(given), limit: 0 }),
  'a limit': (given) => counters.list({ limit: asArgument(given) }),
  'a cursor': (given) => counters.list({ after: asArgument(given), limit: 0 }),
  'the name of a cursor': (given) =>
    counters.list({ after: { name: asArgument(given), value: 1 }, limit: 0 }),
  'a metered name': (given) => metering.record(asArgument(given), 1, { dimensions: { a: 1 } }),
  dimensions: (given) => metering.record('m', 1, { dimensions: asArgument(given) }),
  'a dimension': (given) => metering.record('m', 1, { dimensions: { tenant: asArgument(given) } }),
  combinations: (given) =>
    metering.record('m', 1, { dimensions: { a: 1 }, combinations: asArgument(given) }),
  'a combination': (given) =>
    metering.record('m', 1, { dimensions: { a: 1 }, combinations: [asArgument(given)] }),
  'the name of a dimension': (given) =>
    metering.record('m', 1, { dimensions: { [textOf(given)]: 1 } }),
  'a metered name that is made': (given) => meteredName('api', { tenant: asArgument(given) }),
  'a metered name that is read': (given) => parseMeteredName(textOf(given)),
  'a grouping': (given) => metering.list('m', { groupBy: asArgument(given) }),
  'a cursor of dimensions': (given) =>
    metering.list('m', {
      groupBy: 'a',
      after: { dimensions: { a: asArgument(given) }, value: 1 },
      limit: 0,
    }),
  'a time': (given) => metering.series('m', { window: 'day', from: asArgument(given) }),
  'the name of a quota': (given) => metering.consume(asArgument(given), { limit: 1 }),
  'a limit of a quota': (given) => metering.consume('q', { limit: asArgument(given) }),
  'a parcel': (given) => parked.replay(asArgument(given)),
  'a parcel to look at': (given) => drain(parked.entries(asArgument(given))),
  'names of a parcel': (given) => parked.discard('0/overflowed', [asArgument(given)]),
  'a template': (given) => parseTemplate(textOf(given)),
  'a template of the options': (given) =>
    FastCounterModule.forRoot({ namespace: asArgument(given) }),
  'an option': (given) => FastCounterModule.forRoot(asArgument(given)),
  'a URL of Redis': (given) => FastCounterModule.forRoot({ redis: asArgument(given) }),
  'a value of a template': (given) =>
    checkCounterName(
      parseTemplate('views:{args.0}').render({
        ...{ className: 'C', method: 'm', outcome: 'success' },
        args: [given],
      }),
    ),
  'what is quoted': quote,
  'the reason of an error': reasonOf,
  'a message of a server': (given) =>
    application.events.emit('outage', { of: 'queue', error: given }),
  'the reason why a call is not counted': (given) => {
    throw new CallNotCountedError('m', given);
  },
};

/** Answers what came of it: a text, or what the error says. */
async function offer(entrance: (given: unknown) => unknown, given: unknown): Promise<string> {
  try {
    const answer = await entrance(given);
    return typeof answer === 'string' ? answer : '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Of several tries the fastest, in milliseconds of this process: others may keep the machine busy. */
async function timeOf(entrance: (given: unknown) => unknown, given: unknown): Promise<number> {
  let fastest = Infinity;
  for (let time = 0; time < 5 && fastest > NEGLIGIBLE; time++) {
    const begun = process.cpuUsage();
    await offer(entrance, given);
    fastest = Math.min(fastest, process.cpuUsage(begun).user / 1000);
  }
  return fastest;
}

/** A value of this size, and one of four times the size. */
const pair = (make: (size: number) => unknown): [unknown, unknown] => [make(8_000), make(32_000)];
const TEXT_PAIRS = Object.entries(TEXTS).map(([what, make]) => ({ what, values: pair(make) }));
const VALUE_PAIRS = Object.entries(VALUES).map(([what, make]) => ({ what, values: pair(make) }));

/**
 * The time for four times the input, as multiple of that for the input. Where the time of the process is measured in
 * ticks of the system, one that is too short for them counts as one that can be neglected.
 */
async function growthOf(
  entrance: (given: unknown) => unknown,
  [small, large]: [unknown, unknown],
): Promise<number> {
  const ofLarge = await timeOf(entrance, large);
  if (ofLarge < NEGLIGIBLE) return 1;
  return ofLarge / Math.max(await timeOf(entrance, small), NEGLIGIBLE / 4);
}

describe.each(Object.entries(ENTRANCES))('%s', (_what, entrance) => {
  test('takes no more time than in proportion to a text', async () => {
    for (const { what, values } of TEXT_PAIRS) {
      expect(await growthOf(entrance, values), what).toBeLessThan(MOST_GROWTH);
    }
  });

  test('takes no more time than in proportion to a value that is none', async () => {
    for (const { what, values } of VALUE_PAIRS) {
      expect(await growthOf(entrance, values), what).toBeLessThan(MOST_GROWTH);
    }
  });

  test('is told in messages and lines of bounded length', async () => {
    for (const { what, values } of [...TEXT_PAIRS, ...VALUE_PAIRS]) {
      lines.length = 0;
      const said = [await offer(entrance, values[1]), ...lines];
      for (const text of said) expect(Buffer.byteLength(text), what).toBeLessThan(LONGEST);
    }
  });
});

describe('ten megabytes', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const SIZE = 10 * 2 ** 20;
  const names = Object.keys(ENTRANCES).filter((what) => what !== 'the reason of an error');

  test.each(names)('take no more memory than some times as much: %s', async (what) => {
    const entrance = ENTRANCES[what] ?? quote;
    const given = 'n'.repeat(SIZE);
    // a text that is looked at once is made flat
    expect(given.charCodeAt(SIZE - 1)).toBe(110);
    await offer(entrance, 'n'.repeat(1000));
    collect();
    const before = process.memoryUsage().heapUsed;
    await offer(entrance, given);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2.5 * SIZE);
  });
});

describe('texts of servers', () => {
  test('are bounded in errors, events, the log and the status', async () => {
    const long = `line\n${'x'.repeat(100_000)}`;
    const { events } = application;
    lines.length = 0;
    // the last error is told for as long as it holds
    events.outages.failed('persist', 0, new DatabaseUnavailableError(long));
    onTestFinished(() => events.outages.succeeded('persist', 0));
    events.emit('persistFailed', { partition: 0, error: new Error(long) });
    events.emit('misconfigured', { message: long });
    events.emit('outcomeUnknown', { partition: 0, operations: 1, reason: long });
    events.emit('rejected', { error: new CacheUnavailableError(long) });
    events.emit('overflow', { partition: 0, counters: new Array<string>(1000).fill(long) });
    const { partitions, lastRefusal } = await counters.status();
    const texts = [...lines, partitions[0]?.lastError, lastRefusal?.error];
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) {
      if (text === long) continue;
      expect(text).toBeDefined();
      expect(Buffer.byteLength(text ?? '')).toBeLessThan(LONGEST);
    }
  });

  test('and a stack of a listener is', () => {
    const silent = { log: () => undefined, warn: () => undefined };
    const events = new CounterEvents();
    const said: unknown[] = [];
    const nest = { ...silent, error: (...texts: unknown[]) => said.push(...texts) };
    Object.assign(events, { lines: new LogLines('n', nest) });
    events.on('acknowledged', () => {
      throw new Error('x'.repeat(100_000));
    });
    events.emit('acknowledged', { partition: 0, operations: 1 });
    expect(said.length).toBeGreaterThan(0);
    for (const text of said) expect(Buffer.byteLength(String(text))).toBeLessThan(LONGEST);
  });
});
