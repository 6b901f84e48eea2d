import type { Question } from '../question.js';
import { addCommands } from './add-commands.js';
import { allocation } from './allocation.js';
import { callers } from './callers.js';
import { capacity } from './capacity.js';
import { countCalls } from './count-calls.js';
import { counters } from './counters.js';
import { drain } from './drain.js';
import { fleet } from './fleet.js';
import { forget } from './forget.js';
import { http } from './http.js';
import { idle } from './idle.js';
import { incr } from './incr.js';
import { incrMany } from './incr-many.js';
import { latency } from './latency.js';
import { lightLoad } from './light-load.js';
import { memory } from './memory.js';
import { partitions } from './partitions.js';
import { persist } from './persist.js';
import { processes } from './processes.js';
import { reads } from './reads.js';
import { rows } from './rows.js';
import { startUp } from './start-up.js';
import { top } from './top.js';
import { usage } from './usage.js';

/** In the order in which they are measured. */
export const questions: readonly Question[] = [
  incr,
  incrMany,
  forget,
  latency,
  callers,
  addCommands,
  http,
  fleet,
  reads,
  top,
  usage,
  persist,
  rows,
  lightLoad,
  idle,
  // before those that leave a million counters and rows in the servers
  capacity,
  memory,
  countCalls,
  startUp,
  counters,
  processes,
  partitions,
  drain,
  allocation,
];
