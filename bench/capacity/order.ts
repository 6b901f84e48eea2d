import type { Costs, Sizes } from './costs.js';
import { type Capacity, capacityOf, type Load } from './formula.js';

/** What an operator orders: what the load needs, and room for an hour that is worse. */
export interface Order {
  /** Redis servers for counts: one, or the masters of a cluster. */
  redisServers: number;
  /** Bytes of `maxmemory` of each. */
  maxmemory: number;
  /** The option `queue.count`. */
  partitions: number;
  /** Processes with workers; where there are more processes, the others have `workers: false`. */
  workers: number;
  /** Of the database, and of the workers. */
  databaseProcessors: number;
  workerProcessors: number;
  /** To each server. */
  redisConnections: number;
  /** Of the workers for counts, at the most. */
  databaseConnections: number;
  /** Bytes. */
  databaseSize: number;
}

/** A load with what it is to be ordered for: partitions are what they have to be. */
export interface Plan {
  load: Load;
  need: Capacity;
  order: Order;
}

/** No server is planned for more than this part of what it can do. */
const USED = 0.5;
/** A copy of what changes while the append-only file is written anew, and memory that is lost between. */
const MEMORY_FACTOR = 2;
/** Bytes of a Redis without data. */
const EMPTY = 4e6;
/** Versions of rows until they are cleaned up. */
const ROW_VERSIONS = 2;
/** With fewer, chance puts half of the load on one server. */
const PARTITIONS_A_SERVER = 4;
const DEFAULT_PARTITIONS = 5;
/** One may end. */
const FEWEST_WORKERS = 2;
/** As TypeORM's default has it, and those beside it. */
const POOL = 10;
const SPARE = 2;

/** The number of partitions changes how many calls there are, and these change the number of servers. */
const STEPS = 10;

export function planOf(asked: Omit<Load, 'partitions'>, costs: Costs, sizes: Sizes): Plan {
  let load: Load = { ...asked, partitions: DEFAULT_PARTITIONS };
  for (let step = 0; ; step++) {
    const need = capacityOf(load, costs, sizes);
    const order = orderOf(load, need, sizes);
    if (order.partitions <= load.partitions || step === STEPS) return { load, need, order };
    load = { ...load, partitions: order.partitions };
  }
}

function orderOf(load: Load, need: Capacity, sizes: Sizes): Order {
  const redisServers = load.cluster ? Math.max(3, Math.ceil(need.redis / USED)) : 1;
  const partitions = Math.max(
    load.partitions,
    Math.ceil(need.underWay / USED),
    load.cluster ? redisServers * PARTITIONS_A_SERVER : 0,
  );
  const workers = Math.max(FEWEST_WORKERS, Math.ceil(need.persisting / USED));
  const redisConnections = connectionsOf(load, workers);
  const data = (need.memory * MEMORY_FACTOR) / redisServers;
  return {
    redisServers,
    maxmemory: EMPTY + data + redisConnections * sizes.connection,
    partitions,
    workers,
    databaseProcessors: Math.ceil(need.database / USED),
    workerProcessors: Math.ceil(need.persisting / USED),
    redisConnections,
    databaseConnections: workers * (Math.min(partitions, POOL) + SPARE),
    databaseSize: need.databaseSize * ROW_VERSIONS,
  };
}

/**
 * To a server: one for counts, one for commands of the queues; in workers one for their notices, and one for each queue that
 * waits for jobs. On a cluster queues share none.
 */
function connectionsOf({ processes, partitions, cluster }: Load, workers: number): number {
  const others = Math.max(0, processes - workers);
  return cluster
    ? workers * (1 + 3 * partitions) + others * (1 + partitions)
    : workers * (3 + partitions) + others * 2;
}
