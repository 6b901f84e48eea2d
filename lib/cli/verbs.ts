import { get } from './counts/get.js';
import { list } from './counts/list.js';
import { series } from './counts/series.js';
import { top } from './counts/top.js';
import { status } from './looking/status.js';
import { watch } from './looking/watch.js';
import { workers } from './looking/workers.js';
import type { Verb } from './verb.js';

/** In the order of the help. */
export const VERBS: readonly Verb[] = [status, watch, workers, get, list, top, series];
