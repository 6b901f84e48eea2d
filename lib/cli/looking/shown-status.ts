import type { PartitionStatus } from '../../operating/status/status.types.js';
import type { Problem } from '../../operating/problems.js';
import { ago, duration } from '../output/times.js';
import { facts, plural } from '../output/table.js';
import type { WholeStatus } from './whole-status.js';

/** A status for somebody who reads it. */
export function shownStatus(status: WholeStatus): string[] {
  return [
    `${status.verdict}  namespace ${status.namespace}`,
    ...status.problems.flatMap(shownProblem),
    '',
    ...facts(rows(status)),
  ];
}

/** The same on one line, for a log. */
export function statusLine(status: WholeStatus, now = new Date()): string {
  const { verdict, problems, partitions, persisting } = status;
  const { pending, due } = sums(partitions);
  return [
    now.toISOString(),
    verdict,
    `pending ${pending}`,
    `due ${due}`,
    ...(persisting.overdueMs === undefined ? [] : [`overdue ${duration(persisting.overdueMs)}`]),
    ...(persisting.workers === undefined ? [] : [`workers ${persisting.workers.length}`]),
    ...problems.map(({ code }) => code),
  ].join('  ');
}

const shownProblem = ({ code, severity, since, text, next }: Problem): string[] => [
  '',
  `  ${code}  ${severity}  since ${since.toISOString()} (${ago(since)})`,
  `    ${text}`,
  `    Do: ${next}`,
];

function rows(status: WholeStatus): [string, string][] {
  const { cache, database, persisting, completeUntil, outbox, partitions } = status;
  const { pending, due, open, parked, overflowed, refused } = sums(partitions);
  const isSeen = partitions.some(({ seeded }) => seeded !== undefined);
  const { lastAt, overdueMs = 0, workers } = persisting;
  return [
    [
      'redis',
      cache.answers
        ? cache.accepts === false
          ? 'answers, takes no writes'
          : 'answers'
        : `away: ${cache.error ?? ''}`,
    ],
    ['database', database.answers ? 'answers' : `away: ${database.error ?? ''}`],
    [
      'persisted',
      lastAt === undefined ? 'unknown' : `last ${ago(lastAt)}, overdue ${duration(overdueMs)}`,
    ],
    ...refusedOf(status),
    ['workers', workers === undefined ? 'unknown' : String(workers.length)],
    ...(isSeen
      ? ([
          [
            'pending',
            `${plural(pending, 'counter')}, ${due} due, ${plural(open, 'open batch').replace('batchs', 'batches')}`,
          ],
          [
            'put aside',
            `${plural(parked, 'parcel')} parked, ${overflowed} overflowed, ${refused} refused by the database`,
          ],
        ] as [string, string][])
      : []),
    ...jobsOf(partitions),
    ...(outbox === undefined
      ? []
      : ([['outbox', `${outbox.waiting} waiting, ${outbox.refused} refused`]] as [
          string,
          string,
        ][])),
    ...(completeUntil === undefined
      ? []
      : ([['complete until', `${completeUntil.toISOString()} (${ago(completeUntil)})`]] as [
          string,
          string,
        ][])),
    ['partitions', String(partitions.length)],
  ];
}

function refusedOf({ refused }: WholeStatus): [string, string][] {
  const codes = Object.entries(refused).map(([code, callers]) => `${callers} ${code}`);
  return codes.length === 0
    ? []
    : [['refused', `callers since their processes began: ${codes.join(', ')}`]];
}

function jobsOf(partitions: readonly PartitionStatus[]): [string, string][] {
  const known = partitions.map(({ jobs }) => jobs).filter((jobs) => jobs !== undefined);
  if (known.length === 0) return [];
  const of = (state: 'waiting' | 'active' | 'delayed' | 'paused' | 'failed'): string =>
    `${known.reduce((sum, jobs) => sum + jobs[state], 0)} ${state}`;
  return [
    ['jobs', (['waiting', 'active', 'delayed', 'paused', 'failed'] as const).map(of).join(', ')],
  ];
}

function sums(partitions: readonly PartitionStatus[]) {
  const sum = (of: (partition: PartitionStatus) => number | undefined): number =>
    partitions.reduce((total, partition) => total + (of(partition) ?? 0), 0);
  return {
    pending: sum((it) => it.pending),
    due: sum((it) => it.due),
    open: sum((it) => (it.batchSeq === undefined ? 0 : 1)),
    parked: sum((it) => it.parked),
    overflowed: sum((it) => it.overflowed),
    refused: sum((it) => it.refused),
  };
}
