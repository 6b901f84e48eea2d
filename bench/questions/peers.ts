import type { Contestant, Measurements } from '../question.js';
import { divide } from '../measure/statistics.js';

export const OURS = 'nestjs-fastcounter';
export const INCRBY = 'INCRBY, node-redis';
export const GAE = 'gae-fastcounters, ported';
export const LOOP = 'ceiling: callers that await one promise a round trip';
export const BENCHMARK = 'ceiling: redis-benchmark, pipelined';
export const SHARDED = 'twenty sharded rows, PostgreSQL';

/** Counters are persisted while it is measured. */
const PERSISTING = { warmUp: 1200 };

export const ours: Contestant = { label: OURS, subject: 'fastcounter', task: PERSISTING };
export const incrBy: Contestant = { label: INCRBY, subject: 'nodeRedisIncrBy' };
export const gae: Contestant = { label: GAE, subject: 'gaeFastcounters', task: PERSISTING };

export const loop: Contestant = { label: LOOP, subject: 'roundTrips' };
export const benchmark: Contestant = { label: BENCHMARK, subject: 'redisBenchmark' };

export const redisPeers: readonly Contestant[] = [
  incrBy,
  {
    label: 'INCRBY, ioredis with auto-pipelining',
    subject: 'ioredisIncrBy',
    parameters: { autoPipelining: true },
  },
  { label: 'INCRBY, ioredis', subject: 'ioredisIncrBy' },
];

/** Waiting for disks: shorter rounds tell as much. */
const SHORT = { duration: 600, warmUp: 200 };

export function sqlPeers(counters: number): readonly Contestant[] {
  const databases = [
    ['PostgreSQL', 'postgres', undefined],
    ['MariaDB', 'mariadb', 'mariadb'],
  ] as const;
  return databases.flatMap(([name, database, needs]): Contestant[] => [
    {
      label: `twenty sharded rows, ${name}`,
      subject: 'shardedRows',
      parameters: { database },
      task: SHORT,
      needs,
    },
    {
      label: `one row, increment(), ${name}`,
      subject: 'plainRow',
      parameters: { database, counters },
      task: SHORT,
      needs,
    },
    {
      label: `one row, FOR UPDATE and save(), ${name}`,
      subject: 'plainRow',
      parameters: { database, counters, by: 'save' },
      task: SHORT,
      needs,
    },
  ]);
}

/** How much more, round by round. */
export const ratio = (measured: Measurements, one: string, other: string, metric = 'rate') =>
  divide(measured.of(one, metric), measured.of(other, metric));
