import type { OpenSubject } from '../subject.js';
import { addCommands } from './add-commands.js';
import { allocation } from './allocation.js';
import { capacityCosts } from './capacity-costs.js';
import { capacityLoad } from './capacity-load.js';
import { countingEndpoint, incrByEndpoint } from './counting-endpoint.js';
import { drainer, reader } from './draining.js';
import { endpoints } from './endpoints.js';
import { fastcounter } from './fastcounter.js';
import { databaseSize, redisConnection, redisMemory, rowWrites } from './footprint.js';
import { forgotten, mapUpdate } from './forgetting.js';
import { gaeFastcounters } from './gae-fastcounters.js';
import { idleDeployment } from './idle-deployment.js';
import { lightLoad } from './light-load.js';
import { persister, upsert } from './persisting.js';
import { getCounts, mget } from './reading.js';
import { redisBenchmark } from './redis-benchmark.js';
import { ioredisIncrBy, nodeRedisIncrBy, roundTrips } from './redis-incrby.js';
import { plainRow, shardedRows } from './rows.js';
import { startUp } from './start-up.js';
import { orderByValue, topOfDay } from './top-of-day.js';
import { partsByName, usageOfMonth } from './usage-of-month.js';

/** By the name under which a process is told what to be. */
export const subjects = {
  addCommands,
  allocation,
  capacityCosts,
  capacityLoad,
  countingEndpoint,
  databaseSize,
  drainer,
  endpoints,
  fastcounter,
  forgotten,
  gaeFastcounters,
  getCounts,
  idleDeployment,
  incrByEndpoint,
  ioredisIncrBy,
  lightLoad,
  mapUpdate,
  mget,
  nodeRedisIncrBy,
  orderByValue,
  partsByName,
  persister,
  plainRow,
  reader,
  redisBenchmark,
  redisConnection,
  redisMemory,
  roundTrips,
  rowWrites,
  shardedRows,
  startUp,
  topOfDay,
  upsert,
  usageOfMonth,
} as const satisfies Record<string, OpenSubject>;

export type SubjectName = keyof typeof subjects;
