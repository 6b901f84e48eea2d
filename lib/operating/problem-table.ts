import {
  count,
  LOOK,
  misconfigured,
  outage,
  outboxStuck,
  overdue,
  past,
  silent,
  unlessRedisIsAway,
} from './findings.js';
import type { Facts, Finding, Problem, ProblemCode } from './problems.js';

interface Row {
  severity: Problem['severity'];
  find: (facts: Facts) => Finding;
}

/** In the order in which they are told, within a severity: first what stops the most. */
const ROWS: Record<ProblemCode, Row> = {
  'FC-REDIS-AWAY': {
    severity: 'high',
    find: silent(
      'redis',
      'Redis',
      'Start Redis, or let this process reach it: check its address, its password and the network between',
    ),
  },
  'FC-DATABASE-AWAY': {
    severity: 'high',
    find: silent(
      'database',
      'The database',
      'Start the database, or let this process reach it: check its address, its connections, the network between, and locks on fast_counter_ledger',
    ),
  },
  'FC-NO-WORKERS': {
    severity: 'high',
    find: ({ missingWorkers }) =>
      missingWorkers && {
        since: missingWorkers,
        text: 'Counts wait in Redis, and no process with workers was seen for at least 30 s',
        next: 'Start a process with workers: one without "workers: false", on the same Redis, namespace and database',
      },
  },
  'FC-NOT-ACCEPTING': {
    severity: 'high',
    find: outage(
      'write',
      'Increments are not taken in: they wait in the memory of this process',
      'Look at Redis, as the error says: whether it runs, whether its memory is full, whether this process reaches it',
    ),
  },
  'FC-NOT-PERSISTING': {
    severity: 'high',
    find: outage(
      'persist',
      'Counts do not get to the database: they stay pending',
      'Look at the database and at Redis, as the error says',
    ),
  },
  'FC-NOT-READING': {
    severity: 'high',
    find: outage(
      'read',
      'Reads of totals reject',
      'Look at Redis and the database, as the error says',
    ),
  },
  'FC-OVERDUE': { severity: 'high', find: overdue },
  'FC-PARKED': {
    severity: 'high',
    find: count(
      ({ parked }) => parked,
      'parcels are parked: the database may have their counts, or not',
      LOOK,
    ),
  },
  'FC-OVERFLOWED': {
    severity: 'high',
    find: count(
      ({ overflowed }) => overflowed,
      'counters would leave the 64-bit range: their increments are put aside',
      `Make room by set() or reset(). ${LOOK}`,
    ),
  },
  'FC-REFUSED-ROWS': {
    severity: 'high',
    find: count(
      ({ refused }) => refused,
      'counters have rows that the database refuses: their increments are put aside',
      `Let the database take these rows. ${LOOK}`,
    ),
  },
  'FC-OUTBOX': { severity: 'high', find: outboxStuck },
  'FC-WIPED': {
    severity: 'high',
    find: past(
      'redisWiped',
      'Redis was empty: counts that were not persisted by then are lost',
      'Find out why Redis was emptied; after a change of Redis or of the number of queues this is expected',
    ),
  },
  'FC-LOST-WRITES': {
    severity: 'high',
    find: past(
      'redisLostWrites',
      'Redis lost increments that it had acknowledged',
      'After a power cut, set "appendfsync always" in Redis; after a failover, reduce the lag of its replicas',
    ),
  },
  'FC-DATABASE-BEHIND': {
    severity: 'high',
    find: past(
      'databaseWentBack',
      'The database lost batches that it had committed, or was restored: counts are too low by these batches',
      'Find out what put the database back, and compare the counters with a backup',
    ),
  },
  'FC-MISCONFIGURED': { severity: 'high', find: misconfigured },
  'FC-EMBEDDED-OVERLAP': {
    severity: 'high',
    find: ({ overlap }) =>
      overlap && {
        since: overlap.since,
        text: `${overlap.others} other processes count in this namespace on the same database, and this one counts embedded: totals are too low, and quotas allow too much`,
        next: 'Stop the others, or use Redis',
      },
  },
  'FC-NOT-STARTED': {
    severity: 'medium',
    find: ({ neglected }) =>
      neglected
        ? {
            text: 'Counters are used, and Nest did not call the hooks of this module: Redis and the database were not checked, and persisting began late',
            next: 'Call app.init() or app.listen(), and import the module in a module that is not loaded lazily',
          }
        : undefined,
  },
  'FC-BACKPRESSURE': {
    severity: 'medium',
    find: ({ buffer: { entries, limit }, refusingSince }) =>
      entries < limit && refusingSince === undefined
        ? undefined
        : {
            since: refusingSince,
            text: `All ${limit} places in the buffer of this process are taken, or were seconds ago: increments are refused`,
            next: 'Find out why Redis is away or slow, or raise option maxBufferedNames',
          },
  },
  'FC-QUEUES-FAIL': {
    severity: 'medium',
    find: unlessRedisIsAway(
      outage(
        'queue',
        'The queues fail: counts reach the database some seconds late',
        'Look at the Redis of the queues, as the error says',
      ),
    ),
  },
  'FC-QUEUES-PAUSED': {
    severity: 'medium',
    find: count(
      ({ jobs }) => jobs?.paused,
      'jobs wait in queues that are paused: counts reach the database some seconds late',
      'Resume these queues by "npx fastcounter queues resume --yes", or in the dashboard of the queues',
    ),
  },
  'FC-ROWS-CHANGED': {
    severity: 'medium',
    find: past(
      'rowsChanged',
      'Rows held values that this module had not written: somebody else writes to the table of the counters',
      'Find out who writes to it, and have them use set() or reset() instead',
    ),
  },
  'FC-COLUMNS': {
    severity: 'medium',
    find: past(
      'columnRefused',
      'A table of option columns refuses changes: its column misses counts that are persisted',
      'See event columnRefused for the reason, and when that is mended, fill the column anew from fast_counter',
    ),
  },
  'FC-SLOW-BATCHES': {
    severity: 'medium',
    find: past(
      'slowBatch',
      'Batches take longer than the database lets a statement run: they are added in smaller statements, more slowly',
      'Raise statement_timeout for this role, or make the triggers on fast_counter faster',
    ),
  },
  'FC-NEW-COUNTERS': {
    severity: 'medium',
    find: past(
      'newCounterLimit',
      'More new counters came than option newCounterLimits allows: other new ones count for the overflow counter',
      'Find out which users or code make up names, or raise the limit',
    ),
  },
};

export const PROBLEM_TABLE = Object.entries(ROWS) as [ProblemCode, Row][];
