import type { OperationClass } from '../incidents/outages.js';
import type { IncidentKind } from './past-incidents.js';
import type { Facts, Finding, PartitionFacts, SilentServers } from './problems.js';

/** How rows of the table of problems find theirs in the facts. */

/** In their order; nothing where there are none. */
function inPartitions(partitions: Iterable<number> = []): string {
  const list = [...partitions].sort((a, b) => a - b);
  return list.length === 0 ? '' : ` (partitions ${list.join(', ')})`;
}

export const outage =
  (of: OperationClass, text: string, next: string) =>
  ({ outages }: Facts): Finding => {
    const found = outages.find((it) => it.of === of);
    return found && { since: found.since, text: `${text}. ${found.error}`, next };
  };

export const silent =
  (of: keyof SilentServers, who: string, next: string) =>
  ({ silent: { [of]: found } }: Facts): Finding => {
    if (found === undefined) return undefined;
    const where = 'partitions' in found ? inPartitions(found.partitions) : '';
    const text = `${who} does not answer this process${where}. ${found.error ?? ''}`;
    return { since: found.since, text, next };
  };

/** Of what matters only where counts get out of Redis. */
export const unlessRedisIsAway =
  (find: (facts: Facts) => Finding) =>
  (facts: Facts): Finding => {
    const { redis } = facts.silent;
    return redis !== undefined && redis.partitions === undefined ? undefined : find(facts);
  };

export const count =
  (of: (partition: PartitionFacts) => number | undefined, text: string, next: string) =>
  ({ partitions }: Facts): Finding => {
    const sum = partitions.reduce((total, partition) => total + (of(partition) ?? 0), 0);
    return sum > 0 ? { text: `${sum} ${text}`, next } : undefined;
  };

export const past =
  (kind: IncidentKind, text: string, next: string) =>
  (facts: Facts): Finding => {
    const found = facts.incident(kind);
    if (found === undefined) return undefined;
    return { since: found.since, text: `${text}${inPartitions(found.partitions)}`, next };
  };

export const LOOK =
  'List what was put aside by "npx fastcounter parked" or ParkedCounts, and replay or discard it';

export function overdue({ partitions, patience }: Facts): Finding {
  const late = partitions.map(({ overdueBy = 0, batchAge = 0 }) => Math.max(overdueBy, batchAge));
  const most = Math.max(0, ...late);
  if (most <= patience) return undefined;
  return {
    since: new Date(Date.now() - most),
    text: `Counts that were due ${Math.round(most / 1000)} s ago are not in the database`,
    next: 'See that a process with workers runs, and that the database is fast enough',
  };
}

export function outboxStuck({ outbox, patience }: Pick<Facts, 'outbox' | 'patience'>): Finding {
  const { waiting = 0, oldestMs = 0, refused = 0 } = outbox ?? {};
  if (refused > 0) {
    return {
      text: `${refused} increments of committed transactions are not counted, and wait in fast_counter_outbox`,
      next: 'List them by "npx fastcounter outbox", with the reason, and count or discard them by "fastcounter outbox count" and "fastcounter outbox discard"',
    };
  }
  if (oldestMs <= patience) return undefined;
  return {
    since: new Date(Date.now() - oldestMs),
    text: `${waiting} increments of committed transactions wait in fast_counter_outbox, the oldest for ${Math.round(oldestMs / 1000)} s`,
    next: 'See that a process with workers runs, and that Redis takes increments',
  };
}

export function misconfigured({ misconfigurations }: Facts): Finding {
  const [first] = misconfigurations;
  if (first === undefined) return undefined;
  return {
    since: first.since,
    text: misconfigurations.map(({ message }) => message).join('. '),
    next: 'Change Redis, the database or the options as the text says; "npx fastcounter doctor" looks at all of them',
  };
}
