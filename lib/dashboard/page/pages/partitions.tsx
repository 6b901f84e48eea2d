import type { JSX } from 'preact';
import type { Overview, Wire } from '../../api/answers.js';
import { ago, count, moment, span } from '../format.js';
import { Failure, Section, Table } from '../parts.js';

type Seen = Wire<Overview>;
type Partition = Seen['status']['partitions'][number];

const HEADS = ['Pending', 'Due', 'Lag', 'Open batch', 'Jobs', 'Put aside'];

export function PartitionsPage({ data, now }: { data: Seen; now: number }): JSX.Element {
  const { status, lastKnown } = data;
  // all of it but the last lines is in Redis
  const isStale = !status.cache.answers;
  const partitions = isStale && lastKnown !== undefined ? lastKnown.partitions : status.partitions;
  return (
    <Section
      title="Partitions"
      note="Each has its own queue and its own row of the ledger; a counter belongs to one of them."
    >
      {isStale && (
        <Failure text="A server does not answer." since={lastKnown && Date.parse(lastKnown.at)} />
      )}
      <div class={isStale ? 'stale' : 'fresh'}>
        <Table label="Partitions">
          <thead>
            <tr>
              <th scope="col">Partition</th>
              {HEADS.map((head) => (
                <th key={head} scope="col" class="number">
                  {head}
                </th>
              ))}
              <th scope="col">Last persisted</th>
            </tr>
          </thead>
          <tbody>
            {partitions.map((partition) => (
              <Row key={partition.partition} of={partition} now={now} />
            ))}
          </tbody>
        </Table>
      </div>
      <p class="note">
        Pending and due are counters. Last persisted and the last error are those of the process
        that answers.
      </p>
    </Section>
  );
}

const known = (value: number | undefined): string => (value === undefined ? '?' : count(value));

const none = (isKnown: boolean): string => (isKnown ? 'none' : '?');

function Row({ of, now }: { of: Partition; now: number }): JSX.Element {
  const {
    partition,
    pending,
    due,
    overdueBy,
    batchCounters,
    batchAge,
    jobs,
    lastPersisted,
    lastError,
  } = of;
  const isKnown = pending !== undefined;
  const aside = [of.parked, of.overflowed, of.refused].reduce<number>(
    (sum, it) => sum + (it ?? 0),
    0,
  );
  return (
    <>
      <tr>
        <th scope="row">{partition}</th>
        <td class="number">{of.seeded === false ? 'not set up' : known(pending)}</td>
        <td class="number">{known(due)}</td>
        <td class="number">
          {overdueBy === undefined || overdueBy <= 0 ? none(isKnown) : span(overdueBy)}
        </td>
        <td class="number">
          {batchCounters === undefined
            ? none(isKnown)
            : `${count(batchCounters)}, ${span(batchAge ?? 0)}`}
        </td>
        <td class="number">{jobs === undefined ? '?' : jobsOf(jobs)}</td>
        <td class={aside > 0 ? 'number bad' : 'number'}>
          {aside === 0 ? none(isKnown) : count(aside)}
        </td>
        <td title={lastPersisted && moment(lastPersisted.at)}>
          {lastPersisted === undefined
            ? 'not by this process'
            : `${ago(lastPersisted.at, now)}, ${count(lastPersisted.counters)} counters`}
        </td>
      </tr>
      {lastError !== undefined && (
        <tr class="error">
          <td />
          <td colSpan={7}>
            <b>Last error:</b> {lastError}
          </td>
        </tr>
      )}
    </>
  );
}

function jobsOf(jobs: NonNullable<Partition['jobs']>): string {
  const parts = (['waiting', 'active', 'delayed', 'paused', 'failed'] as const)
    .filter((state) => jobs[state] > 0)
    .map((state) => `${count(jobs[state])} ${state}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
