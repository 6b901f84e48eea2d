import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { ProblemCode } from '../../lib/index.js';
import type { Application } from './application.js';
import type { CountingProcess } from './processes/counting-process.js';

/**
 * How often an event is told in a scenario. Where timing decides, the word says so:
 * - `once`: by one process at least, and by none twice
 * - `some`: at least once, by whoever finds out: in several partitions, or in each attempt
 * - `may`: or not at all
 */
export type Times = 'once' | 'some' | 'may';

/** An event, with the class of operations where it has one: `outage write`. */
export type Told = Readonly<Record<string, Times>>;

/** What tells events: a process, or an application in this one. */
export interface Teller {
  readonly events: readonly { event: string; payload: Record<string, unknown> }[];
  status(): Promise<{ problems: readonly { code: string; text: string }[] }>;
}

/** In every scenario: increments that arrive, one by one and together. */
const NORMAL = new Set(['acknowledged', 'persisted', 'rejected', 'changed']);
/** Behind the end of a fault it may take so long until the last outage is over. */

/** A Redis of the test's own may have no append-only file, so that it forgets: that is told all the time. */
const isOfServer = ({ text }: { text: string }): boolean =>
  /^The append-only file of Redis is off[^.]*$/.test(text);

/** How much of what each has told was looked at before. */
const looked = new WeakMap<Teller, number>();

/** Collects what an application tells from now on. */
export function listenTo({ events, counters }: Application): Teller {
  const told: Teller['events'][number][] = [];
  const emit = events.emit.bind(events) as (...given: unknown[]) => boolean;
  Object.assign(events, {
    emit: (event: string, payload: Record<string, unknown>) => {
      told.push({ event, payload });
      return emit(event, payload);
    },
  });
  return { events: told, status: () => counters.status() };
}

/** What an application told that is closed: as with a process that ended, nobody asks for its problems. */
export const closed = ({ events }: Teller): Teller => ({
  events,
  status: () => Promise.reject(new Error('closed')),
});

interface Kind {
  times: number;
  /** The first of them. */
  payload: object;
}

function kindsOf(teller: Teller): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const { event, payload } of teller.events.slice(looked.get(teller) ?? 0)) {
    if (NORMAL.has(event)) continue;
    const kind = typeof payload.of === 'string' ? `${event} ${payload.of}` : event;
    kinds.set(kind, { payload, ...kinds.get(kind), times: (kinds.get(kind)?.times ?? 0) + 1 });
  }
  return kinds;
}

function differences(tellers: readonly Teller[], expected: Told): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const kinds of tellers.map(kindsOf)) {
    for (const [kind, { times, payload }] of kinds) {
      seen.add(kind);
      if (expected[kind] === undefined) {
        wrong.push(`${kind} was told, ${times} times: ${inspect(payload, { depth: 1 })}`);
      }
      if (expected[kind] === 'once' && times > 1) wrong.push(`${kind} was told ${times} times`);
    }
  }
  for (const [kind, times] of Object.entries(expected)) {
    if (times !== 'may' && !seen.has(kind)) wrong.push(`${kind} was not told`);
  }
  return wrong;
}

/**
 * These events were told since this was asked last, or since the start, and none besides; and these problems are there at
 * the end, in one process or another, and no others. Processes that ended have no problems any more.
 */
export async function expectExactly(
  tellers: readonly (Teller | CountingProcess)[],
  told: Told,
  problems: readonly ProblemCode[] = [],
): Promise<void> {
  await expect.poll(() => differences(tellers, told)).toEqual([]);
  const codes = async (): Promise<string[]> => {
    const all = await Promise.all(
      tellers.map((teller) =>
        teller.status().then(
          ({ problems: found }) => found.filter((it) => !isOfServer(it)).map(({ code }) => code),
          () => [],
        ),
      ),
    );
    return [...new Set(all.flat())].sort();
  };
  await expect.poll(codes).toEqual([...problems].sort());
  for (const teller of tellers) looked.set(teller, teller.events.length);
}

/** An outage of a class with its end, in the processes that have such operations just then. */
export const outageOf = (...classes: readonly ('write' | 'read' | 'persist' | 'queue')[]): Told =>
  Object.fromEntries(
    classes.flatMap((of) => [
      [`outage ${of}`, 'once'],
      [`recovery ${of}`, 'once'],
    ]),
  );

/** The same where it depends on the moment whether an operation of the class fails, and how often. */
export const mayFail = (...classes: readonly ('write' | 'read' | 'persist' | 'queue')[]): Told =>
  Object.fromEntries(
    classes.flatMap((of) => [
      [`outage ${of}`, 'may'],
      [`recovery ${of}`, 'may'],
    ]),
  );
