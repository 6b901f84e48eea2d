import type { CounterCache } from '../../cache/counter-cache.js';
import { MOST_TOLD, type ToldByProcess } from '../../cache/processes.js';
import type { CounterEventMap, CounterEvents } from '../../events.js';
import type { CounterStore } from '../../database/counter-store.js';
import type { OutboxState } from '../../database/outbox/outbox.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import { reasonOf } from '../../words/quote.js';
import { isAnswer } from '../../incidents/is-away.js';
import { isMistake } from '../../incidents/is-mistake.js';
import type { Asked } from './asked-server.js';
import type { IncrementBuffer } from '../../counting/buffer/increment-buffer.js';
import { waitingIn } from '../../counting/buffer/waiting-increments.js';
import { completeUntil } from './complete-until.js';
import { PastIncidents } from '../past-incidents.js';
import { ProblemList } from '../problem-list.js';
import type { Facts, Problem } from '../problems.js';
import { asTold, isOwn } from './own-problems.js';
import { patienceOf } from './patience.js';
import { type ServerFacts, ServerQuestions } from './server-facts.js';
import type {
  CacheStatus,
  CounterStatus,
  OutboxStatus,
  PartitionStatus,
  PersistingStatus,
  BufferStatus,
  ServerStatus,
} from './status.types.js';

export interface StatusParts {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  buffer: IncrementBuffer;
  events: CounterEvents;
  /** As beats say. */
  deliveredUntil: () => number;
  /** Milliseconds. */
  updateInterval: number;
  /** Problems that other parts of this process found. */
  found: () => Pick<Facts, 'missingWorkers' | 'overlap' | 'neglected'> &
    Partial<Pick<Facts, 'patience'>>;
}

type PersistedBatch = CounterEventMap['duplicateSkipped'][0];

/** Milliseconds within which other processes say what they hold, when Redis is back after an outage. */
const SAYING = 30_000;

/** Puts together what `CounterService.status()` answers. A server that is away is part of the answer, and rejects nothing. */
export class StatusReporter {
  private readonly lastPersisted = new Map<number, PartitionStatus['lastPersisted']>();
  private readonly lastErrors = new Map<number, { reason: string; isOutage: boolean }>();
  /** When Redis acknowledged the last call with increments. */
  private acknowledgedAt?: number;
  private persistedAt?: Date;
  private readonly questions: ServerQuestions;
  private readonly incidents: PastIncidents;
  private readonly problems = new ProblemList();
  private readonly own = new ProblemList();

  constructor(
    private readonly parts: StatusParts,
    partitions: number,
  ) {
    const { events } = parts;
    const { silences } = events;
    this.questions = new ServerQuestions({ ...parts, silences }, partitions);
    this.incidents = new PastIncidents(events);
    events.on('acknowledged', () => {
      this.acknowledgedAt = Date.now();
      silences.redis.answered();
    });
    events.on('persisted', (batch) => this.notePersisted(batch));
    events.on('duplicateSkipped', (batch) => this.notePersisted(batch));
    events.on('persistFailed', ({ partition, error }) =>
      this.lastErrors.set(partition, { reason: reasonOf(error), isOutage: isOutage(error) }),
    );
  }

  private notePersisted({ partition, seq, counters }: PersistedBatch): void {
    this.persistedAt = new Date();
    this.parts.events.silences.database.answered();
    this.lastPersisted.set(partition, { seq, counters, at: this.persistedAt });
    this.lastErrors.delete(partition);
  }

  /** With `anew`, by what the servers answer now, and not within the last second. */
  async status(anew = false): Promise<CounterStatus> {
    const servers = await this.questions.asked(anew);
    const { outages, refusals } = this.parts.events;
    const facts = {
      outages: outages.list(),
      buffer: this.buffer(),
      partitions: servers.health.map((_, partition) => this.partitionStatus(partition, servers)),
      outbox: outboxStatus(answerOf(servers.outbox)),
    };
    return {
      problems: this.problems.of({ ...facts, ...this.otherFacts(), silent: servers.silent }),
      ...facts,
      completeUntil: this.completeUntil(servers),
      cache: { ...answering(servers.cache), ...this.accepting() },
      database: answering(servers.database),
      persisting: this.persisting(servers),
      refused: refusals.refused,
      lastRefusal: refusals.last,
    };
  }

  /** What this process has found itself, and no other one can. Undefined where there is nothing. */
  told(): ToldByProcess | undefined {
    const problems = this.ownProblems();
    const { refused } = this.parts.events.refusals;
    if (problems.length === 0 && Object.keys(refused).length === 0) return undefined;
    return { problems: problems.slice(0, MOST_TOLD).map(asTold), refused };
  }

  /** Those that are known without a question to a server. */
  ownProblems(): Problem[] {
    const { outages } = this.parts.events;
    const seen = { silent: {}, outages: outages.list(), partitions: [], buffer: this.buffer() };
    return this.own.of({ ...seen, ...this.otherFacts() }).filter(isOwn);
  }

  private otherFacts(): Omit<Facts, 'outages' | 'buffer' | 'partitions' | 'outbox' | 'silent'> {
    const { events, updateInterval, found, buffer } = this.parts;
    return {
      refusingSince: buffer.slots.refusingSince,
      patience: patienceOf(updateInterval),
      ...found(),
      incident: (kind) => this.incidents.get(kind),
      misconfigurations: events.misconfigurations.list(),
    };
  }

  private persisting({ database, processes, health }: ServerFacts): PersistingStatus {
    // embedded, the ledger is marked by a process that runs, whether or not it persists
    const lastAt = this.parts.store.ownLedger ? this.persistedAt : answerOf(database);
    const late = health.map((it) => {
      const { overdueBy = 0, batchAge = 0 } = answerOf(it) ?? {};
      return Math.max(overdueBy, batchAge);
    });
    const isKnown = health.every((it) => it.error === undefined);
    return {
      lastAt,
      overdueMs: isKnown ? Math.max(0, ...late) : undefined,
      workers: answerOf(processes)
        ?.filter(({ persists }) => persists)
        .map(({ host, pid, version, seenAt, age }) => ({
          ...{ host, pid, version, seenAt, silentMs: Math.max(0, age) },
        })),
    };
  }

  private completeUntil({ processes, outbox }: ServerFacts): Date | undefined {
    const seen = answerOf(processes);
    if (seen === undefined || outbox.error !== undefined) return undefined;
    const away = this.parts.events.silences.redis.beganWithin(SAYING);
    return completeUntil(seen, this.parts.deliveredUntil(), outbox.answer?.oldest, away);
  }

  private accepting(): Omit<CacheStatus, 'answers'> {
    const failure = this.parts.events.outages.lastFailure('write');
    if (failure !== undefined) return { accepts: false, lastWrite: failure };
    if (this.acknowledgedAt === undefined) return {};
    return { accepts: true, lastWrite: { at: new Date(this.acknowledgedAt) } };
  }

  private buffer(): BufferStatus {
    const { size: entries, limit } = this.parts.buffer;
    const { increments, oldest } = waitingIn(this.parts.buffer.lanes);
    const status = { entries, increments, limit };
    if (!Number.isFinite(oldest)) return status;
    return { ...status, oldestMs: Math.round(performance.now() - oldest) };
  }

  private partitionStatus(partition: number, { health, jobs }: ServerFacts): PartitionStatus {
    return {
      partition,
      ...answerOf(health[partition]),
      jobs: answerOf(jobs[partition]),
      lastPersisted: this.lastPersisted.get(partition),
      lastError: this.lastErrorOf(partition),
    };
  }

  private lastErrorOf(partition: number): string | undefined {
    const error = this.lastErrors.get(partition);
    // where another process has persisted what was left, the outage ends here too, without a batch
    const isOver =
      error?.isOutage === true && !this.parts.events.outages.isAt('persist', partition);
    return isOver ? undefined : error?.reason;
  }
}

function outboxStatus(state: OutboxState | undefined): OutboxStatus | undefined {
  if (state === undefined) return undefined;
  const { waiting, refused, oldest } = state;
  if (oldest === undefined) return { waiting, refused };
  return { waiting, oldestMs: Math.max(0, Date.now() - oldest.getTime()), refused };
}

const answering = ({ error }: Asked<unknown>): ServerStatus =>
  error === undefined ? { answers: true } : { answers: false, error };

/** Whether the outages, or the mistakes, know when it is over. */
const isOutage = (error: unknown): boolean => isMistake(error) || !isAnswer(error);

const answerOf = <Answer>(asked: Asked<Answer> | undefined): Answer | undefined =>
  asked?.error === undefined ? asked?.answer : undefined;
