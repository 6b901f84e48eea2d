import { COUNTING } from '../../lib/counting/outbox/row-counter.js';
import type { World } from './world.js';

/** What was sent before everything healed may arrive so much later, in milliseconds. */
export const LATE = 1600;
const POLL = 50;
/** Between two beats of a worker, in milliseconds. */
const BEAT = 10_000;
/** For backing off, for batches behind others. */
const SLACK = 2500;
const UNCOUNTED = 'not counted: ';
const isOfRows = (left: string, _: number, all: readonly string[]): boolean =>
  left.startsWith(UNCOUNTED) ||
  (/^not answered: (?:merge|rename)\(/.test(left) && all.some((it) => it.startsWith(UNCOUNTED)));

/** Waits until everything is in the database, and every loss is reported; answers what is not when it should be. */
export async function settle(world: World, late = 0): Promise<string[]> {
  const { time, random } = world.stage;
  const { settings } = world;
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => time.after(milliseconds, resolve, undefined));

  const { sweepInterval, acknowledgeTimeout, timings, intervals } = settings;
  await sleep(late);
  if (random.chance(0.3)) flush(world);
  // the sweeper waits some sweeps for a worker, then does the work itself
  const usual = acknowledgeTimeout + Math.max(...intervals) + timings.tick + 10 * sweepInterval;
  // where the process that sweeps and its deputy have died, another one leads with its next beat
  const patience = usual + BEAT;
  const deadline = time.now + patience + SLACK;
  let left = waiting(world);
  let until = deadline;
  const isOver = (): boolean => {
    // rows that a process took before Redis was another one, or before it died, are left to it for so long; who moves them goes on then
    if (time.now >= deadline && left.every(isOfRows)) until = deadline + COUNTING + usual;
    return time.now >= until;
  };
  while (left.length > 0 && !isOver()) {
    await sleep(POLL);
    left = waiting(world);
  }
  return left;
}

/** It may hasten everything; nothing depends on it. */
function flush({ ready, stage, history }: World): void {
  const [process] = ready;
  if (process === undefined) return;
  stage.time.after(
    0,
    () => void history.record(process, 'flush()', () => process.service.flush()),
    process,
  );
}

function waiting({ redis, database, history, processes }: World): string[] {
  const partitions = redis.all().flatMap((partition) => {
    const { pending, due, batch } = redis.states.partition(partition);
    const counters = [...pending.keys()];
    if (counters.length === 0 && due.earliest() === undefined && batch === undefined) return [];
    const open = batch === undefined ? 'no batch is open' : `batch ${batch.seq} is open`;
    return [`not drained: partition ${partition} holds ${counters.join() || 'nothing'}, ${open}`];
  });
  // a process that reads of it may die, or get no answer: then whoever sweeps reports it, as soon as one leads
  const unreported = redis
    .all()
    .filter((partition) => redis.states.partition(partition).unreported !== undefined)
    .map((partition) => `not reported: what partition ${partition} lost`);
  const unanswered = history.invocations
    .filter(({ outcome, process }) => outcome === undefined && process.alive)
    .map(({ text, process }) => `not answered: ${text} of ${process.name}`);
  const unsent = processes
    .filter(
      ({ alive, engine }) =>
        alive && (engine as unknown) !== undefined && engine.parts.buffer.size > 0,
    )
    .map(({ name, engine }) => `not sent: ${engine.parts.buffer.size} entries of ${name}`);
  const { waiting: rows } = database.outbox.state();
  const uncounted = rows === 0 ? [] : [`${UNCOUNTED}${rows} rows of the outbox`];
  return [...partitions, ...unreported, ...unanswered, ...unsent, ...uncounted];
}
