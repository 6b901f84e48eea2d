import { setTimeout as sleep } from 'node:timers/promises';
import { PARTITIONS, type Servers } from './stage.js';

export interface DrainReport {
  /** Milliseconds from the last call's outcome until everything was in the database. */
  milliseconds: number;
  /** What was not, in the end. */
  left: string[];
  /** Waiting, delayed and active jobs in the end; none of them has anything to do. */
  jobs: number;
}

const POLL = 50;
/** Of idle jobs: longer than a stalled one takes to be found and run, in milliseconds. */
const JOBS_PATIENCE = 15_000;

export const keyOf = (namespace: string, partition: number, part: string): string =>
  `fastcounter:{${namespace}:${partition}}::${part}`;

/** Waits until nothing is pending, claimed or due, and the queues are empty. */
export async function drain(servers: Servers, patience: number): Promise<DrainReport> {
  const begun = performance.now();
  const left = await untilEmpty(() => waiting(servers), patience);
  const milliseconds = Math.round(performance.now() - begun);
  const jobs = await untilEmpty(() => jobsOf(servers), JOBS_PATIENCE);
  return { milliseconds, left: [...left, ...jobs], jobs: jobs.length };
}

async function untilEmpty(look: () => Promise<string[]>, patience: number): Promise<string[]> {
  const deadline = performance.now() + patience;
  for (;;) {
    const found = await look();
    if (found.length === 0 || performance.now() > deadline) return found;
    await sleep(POLL);
  }
}

async function waiting({ command, query, namespace }: Servers): Promise<string[]> {
  const [{ rows } = { rows: '0' }] = await query<{ rows: string }>(
    'SELECT count(*) AS rows FROM fast_counter_outbox WHERE namespace = $1',
    [namespace],
  );
  const found = rows === '0' ? [] : [`not counted: ${rows} rows of the outbox`];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const counted = async (name: string, part: string): Promise<void> => {
      const count = Number(await command(name, keyOf(namespace, partition, part)));
      if (count > 0) found.push(`not drained: partition ${partition} holds ${count} in ${part}`);
    };
    // beside the deltas are the last calls of the clients
    const notes = Number(await command('SCARD', keyOf(namespace, partition, 'clients')));
    const fields = Number(await command('HLEN', keyOf(namespace, partition, 'pending')));
    if (fields > notes) {
      found.push(`not drained: partition ${partition} holds ${fields - notes} in pending`);
    }
    await counted('ZCARD', 'due');
    await counted('HLEN', 'batch');
    await counted('HLEN', 'parked');
    await counted('HLEN', 'overflowed');
  }
  return found;
}

async function jobsOf({ command, namespace }: Servers): Promise<string[]> {
  const found: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const bull = keyOf(namespace, partition, `bull:PersistCounter${partition}`);
    for (const [name, list] of [
      ['LLEN', 'wait'],
      ['LLEN', 'active'],
      ['ZCARD', 'delayed'],
    ] as const) {
      const count = Number(await command(name, `${bull}:${list}`));
      if (count > 0) found.push(`queue ${partition} still has ${count} jobs in ${list}`);
    }
  }
  return found;
}

/** The rows, straight from the table. */
export async function rowsOf({ query, namespace }: Servers): Promise<Map<string, bigint>> {
  const rows = await query<{ name: string; value: string }>(
    'SELECT name, value FROM fast_counter WHERE namespace = $1',
    [namespace],
  );
  return new Map(rows.map(({ name, value }) => [name, BigInt(value)]));
}

/** What the transactions of the processes committed, by counter. */
export async function bookedOf({ query }: Servers): Promise<Map<string, bigint>> {
  const rows = await query<{ counter: string; sum: string }>(
    'SELECT counter, sum(delta) AS sum FROM booked GROUP BY counter',
  );
  return new Map(rows.map(({ counter, sum }) => [counter, BigInt(sum)]));
}
