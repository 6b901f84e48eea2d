import { resolveOptions } from '../../lib/module/options/resolve-options.js';
import { DatabaseClient } from './database-client.js';
import { DatabaseServer } from './database-server.js';
import { History } from './history.js';
import type { Mutation } from './mutations.js';
import { QueueClient } from './queue-client.js';
import { QueueServer } from './queue-server.js';
import { RedisClient } from './redis-client.js';
import { RedisServer } from './redis-server.js';
import { PARTITIONS, type Settings } from './settings.js';
import { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';

/** Something that a process reported about a partition. */
export interface Report {
  event:
    | 'redisWiped'
    | 'redisLostWrites'
    | 'parked'
    | 'redisWentBack'
    | 'databaseWentBack'
    | 'rowsChanged'
    | 'columnMissed'
    | 'columnRefused'
    | 'outboxRefused'
    | 'outcomeUnknown';
  partition: number;
  reason?: string;
}

/** Of all partitions. */
const OF_NONE = -1;

/** Servers that live on, and processes that come and go. */
export class World {
  readonly database = new DatabaseServer();
  readonly redis: RedisServer;
  readonly queue: QueueServer;
  readonly history: History;
  readonly processes: SimulatedProcess[] = [];
  readonly reports: Report[] = [];

  constructor(
    readonly stage: Stage,
    readonly settings: Settings,
    private readonly mutation: Mutation,
  ) {
    this.redis = new RedisServer(stage, PARTITIONS, settings.timings, this.database);
    this.queue = new QueueServer(stage);
    this.history = new History(stage);
    mutation.database?.(this.database);
  }

  get ready(): SimulatedProcess[] {
    return this.processes.filter(({ ready }) => ready);
  }

  startProcess(workers: boolean): SimulatedProcess {
    const { stage, settings, mutation } = this;
    const options = resolveOptions({
      // never connected to: the ports below stand in for it
      redis: 'redis://simulated',
      queue: { count: PARTITIONS },
      workers,
      updateInterval: settings.intervals[0],
      sweepInterval: mutation.sweepInterval ?? settings.sweepInterval,
      linger: settings.linger,
      acknowledgeTimeout: settings.acknowledgeTimeout,
      commandTimeout: settings.commandTimeout,
      maxBufferedNames: settings.maxBufferedNames,
      flushTimeout: 5000,
      shutdownTimeout: 500,
    });
    const process = new SimulatedProcess(stage, `P${this.processes.length + 1}`, options);
    this.processes.push(process);
    this.listen(process);
    const server = mutation.server?.(this.redis) ?? this.redis.cache;
    const client = new RedisClient(stage, process, this.redis, server, settings);
    const cache = mutation.client?.(client) ?? client;
    const connected = new DatabaseClient(stage, process, this.database);
    const store = mutation.store?.(connected) ?? connected;
    const queue = new QueueClient(stage, process, this.queue);
    stage.time.after(0, () => process.start({ cache, store, queue }), process);
    return process;
  }

  private listen({ events, name }: SimulatedProcess): void {
    const report = (event: Report['event'], partition: number, reason?: string): void => {
      this.reports.push({ event, partition, reason });
      this.stage.note(() => `${name} reports ${event} of p${partition} ${reason ?? ''}`);
    };
    events.on('redisWiped', ({ partition }) => report('redisWiped', partition));
    events.on('redisLostWrites', ({ partition }) => report('redisLostWrites', partition));
    events.on('parked', ({ partition }) => report('parked', partition));
    events.on('redisWentBack', ({ partition }) => report('redisWentBack', partition));
    events.on('databaseWentBack', ({ partition }) => report('databaseWentBack', partition));
    events.on('rowsChanged', ({ partition }) => report('rowsChanged', partition));
    events.on('columnMissed', ({ partition }) => report('columnMissed', partition));
    events.on('columnRefused', ({ partition }) => report('columnRefused', partition));
    events.on('outboxRefused', ({ reason }) => report('outboxRefused', OF_NONE, reason));
    events.on('outcomeUnknown', ({ partition, reason }) =>
      report('outcomeUnknown', partition, reason),
    );
  }
}
