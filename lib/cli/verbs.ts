import { get } from './counts/get.js';
import { list } from './counts/list.js';
import { series } from './counts/series.js';
import { top } from './counts/top.js';
import { doctor } from './doctor/doctor.js';
import { status } from './looking/status.js';
import { watch } from './looking/watch.js';
import { workers } from './looking/workers.js';
import { flush } from './mending/flush.js';
import { importFile } from './mending/import.js';
import { queuesResume } from './mending/queues-resume.js';
import { queuesSet } from './mending/queues-set.js';
import { reconcile } from './mending/reconcile.js';
import { outboxCount } from './outbox/count.js';
import { outboxDiscard } from './outbox/discard.js';
import { outbox } from './outbox/list.js';
import { parkedDiscard } from './parked/discard.js';
import { parked } from './parked/list.js';
import { parkedReplay } from './parked/replay.js';
import { parkedShow } from './parked/show.js';
import type { Verb } from './verb.js';

/** In the order of the help. */
export const VERBS: readonly Verb[] = [
  ...[status, watch, doctor, workers],
  ...[get, list, top, series],
  ...[flush, parked, parkedShow, parkedReplay, parkedDiscard],
  ...[outbox, outboxCount, outboxDiscard],
  ...[queuesResume, queuesSet, importFile, reconcile],
];
