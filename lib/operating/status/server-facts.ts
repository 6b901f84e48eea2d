import type { CounterCache, PartitionHealth } from '../../cache/counter-cache.js';
import type { SeenProcess } from '../../cache/processes.js';
import type { Silence } from '../../incidents/silence.js';
import type { CounterStore } from '../../database/counter-store.js';
import type { OutboxState } from '../../database/outbox/outbox.js';
import type { PersistQueue, QueueJobs } from '../../queue/persist-queue.js';
import { partitionNumbers } from '../../words/partitioner.js';
import { type Asked, AskedServer } from './asked-server.js';
import type { SilentServers } from '../problems.js';

/** What Redis, the database and the queues know of all processes together. */
export interface ServerFacts {
  cache: Asked<unknown>;
  /** When the ledger was last written. */
  database: Asked<Date | undefined>;
  processes: Asked<SeenProcess[]>;
  /** Undefined where there is no outbox. */
  outbox: Asked<OutboxState | undefined>;
  /** The health of each partition, by number. */
  health: Asked<PartitionHealth>[];
  jobs: Asked<QueueJobs>[];
  silent: SilentServers;
}

interface AskedParts {
  cache: CounterCache;
  store: CounterStore;
  queue: PersistQueue;
  silences: Readonly<Record<'redis' | 'database', Silence>>;
}

/** Asks the servers what `status()` tells of them, each question by itself: one without an answer does not keep the others. */
export class ServerQuestions {
  private readonly cache: AskedServer<unknown>;
  private readonly database: AskedServer<Date | undefined>;
  private readonly processes: AskedServer<SeenProcess[]>;
  private readonly outbox: AskedServer<OutboxState | undefined>;
  private readonly health: readonly AskedServer<PartitionHealth>[];
  private readonly jobs: readonly AskedServer<QueueJobs>[];

  constructor({ cache, store, queue, silences }: AskedParts, partitions: number) {
    this.cache = new AskedServer(() => cache.look(0, []), silences.redis);
    this.database = new AskedServer(() => store.persistedAt(), silences.database);
    this.processes = new AskedServer(() => cache.processes());
    this.outbox = new AskedServer(() => stateOf(store));
    const each = <Answer>(ask: (partition: number) => Promise<Answer>): AskedServer<Answer>[] =>
      partitionNumbers(partitions).map((partition) => new AskedServer(() => ask(partition)));
    this.health = each((partition) => cache.sweep(partition));
    this.jobs = each((partition) => queue.jobs(partition));
  }

  /** With `anew`, every server is asked now. */
  async asked(anew = false): Promise<ServerFacts> {
    const all = <Answer>(questions: readonly AskedServer<Answer>[]): Promise<Asked<Answer>[]> =>
      Promise.all(questions.map((question) => question.asked(anew)));
    const [cache, database, processes, outbox, health, jobs] = await Promise.all([
      this.cache.asked(anew),
      this.database.asked(anew),
      this.processes.asked(anew),
      this.outbox.asked(anew),
      all(this.health),
      all(this.jobs),
    ]);
    const silent = {
      redis: this.silentRedis(cache, health),
      database: this.database.silent(database),
    };
    return { cache, database, processes, outbox, health, jobs, silent };
  }

  /** In a cluster, the servers of some partitions may be silent while others answer: then it names these partitions. */
  private silentRedis(
    cache: Asked<unknown>,
    health: readonly Asked<PartitionHealth>[],
  ): SilentServers['redis'] {
    const each = health.map((asked, partition) => this.health[partition]?.silent(asked));
    const first = [this.cache.silent(cache), ...each].find((it) => it !== undefined);
    const partitions = [...health.keys()].filter((it) => health[it]?.error !== undefined);
    const isPart = partitions.length > 0 && partitions.length < health.length;
    return first && isPart ? { ...first, partitions } : first;
  }
}

const stateOf = async ({ outbox }: CounterStore): Promise<OutboxState | undefined> =>
  (await outbox.exists()) ? outbox.state() : undefined;
