import { hash } from 'node:crypto';
import type { ImportSettings, LoggedEvent } from '../../../counting/correcting/import-events.js';
import { InvalidArgumentError, quote } from '../../../errors.js';
import { checkAddition, checkText, checkWindows } from '../../../input/arguments.js';
import { instant } from '../../../input/instant.js';
import { readOptions } from '../../../words/read-options.js';
import { countersOf, readCombinations } from '../dimensions.js';
import type { ImportEventsOptions, MeteredEvent } from './import.types.js';

const MOST_OF_ID = 255;
/** 96 bits of SHA-256: 16 characters of six. */
const DIGEST = 16;
/** How far ahead of this process the clock of whoever saw an event may be, in milliseconds. */
const AHEAD = 5 * 60_000;

const OF_EVENT: ReadonlySet<keyof MeteredEvent> = new Set([
  ...(['name', 'id', 'at', 'delta', 'dimensions'] as const),
]);
const OPTIONS: ReadonlySet<keyof ImportEventsOptions> = new Set([
  ...(['windows', 'combinations', 'onProgress'] as const),
]);

type Combinations = readonly (readonly string[])[] | undefined;

/** Checks the options of `importEvents()`. */
export function readImportOptions(
  options: unknown = {},
): ImportSettings & { combinations: Combinations } {
  const given = readOptions<ImportEventsOptions>(options, OPTIONS, 'importEvents()');
  const { windows = [], combinations, onProgress } = given;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidArgumentError(`onProgress must be a function, not ${quote(onProgress)}`);
  }
  return {
    ...{ windows: checkWindows(windows), onProgress },
    combinations: combinations === undefined ? undefined : readCombinations(combinations),
  };
}

/** The events one after the other, checked. Throws behind the first wrong one. */
export async function* readEvents(
  events: unknown,
  combinations: Combinations,
): AsyncGenerator<LoggedEvent> {
  if (!isIterable(events)) {
    throw new InvalidArgumentError(
      `events must be an iterable or an async iterable, not ${quote(events)}`,
    );
  }
  let place = 0;
  for await (const given of events) {
    try {
      yield eventOf(given, combinations);
    } catch (error) {
      const message = (error as Error).message.replace(/^\[fastcounter\] /, '');
      throw new InvalidArgumentError(`events[${place}]: ${message}`, { cause: error });
    }
    place++;
  }
}

function eventOf(given: unknown, combinations: Combinations): LoggedEvent {
  const event = readOptions<MeteredEvent>(given, OF_EVENT, 'importEvents()');
  const { name, id, delta = 1, dimensions } = event;
  checkAddition(name, delta);
  checkText(id, 'id', MOST_OF_ID);
  const at = instant(event.at, 'at');
  if (at < 0 || at > Date.now() + AHEAD) {
    throw new InvalidArgumentError(
      `at (${new Date(at).toISOString()}) must be in 1970 or later, and at most 5 minutes ahead of the clock of this process`,
    );
  }
  const counters = countersOf(name, dimensions ?? {}, dimensions && combinations);
  for (const counter of counters) checkAddition(counter, delta);
  // neither a name nor a number holds a zero byte
  const digest = hash('sha256', `${name}\0${Math.trunc(at)}\0${id}`, 'base64url').slice(0, DIGEST);
  return { digest, at: Math.trunc(at), delta: BigInt(delta), counters };
}

/** A text is none: it would be taken for a list of its characters. */
const isIterable = (events: unknown): events is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof events === 'object' &&
  events !== null &&
  (Symbol.iterator in events || Symbol.asyncIterator in events);
