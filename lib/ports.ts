/**
 * What stands behind the tokens, and every type that these ports speak of: for a provider that takes the place of one, as by
 * `overrideProvider(COUNTER_STORE)`.
 */
export type * from './cache/add-request.js';
export type * from './cache/counter-cache.js';
export type {
  ChangedEntry,
  Parcel,
  Replaced,
  ParcelEntry,
  ParcelPage,
  Refusal,
  Replay,
  SeenEntry,
} from './cache/parcels.js';
export type * from './cache/processes.js';
export type * from './database/changes/change-log.js';
export type { MissedColumn } from './database/columns/column-outcomes.js';
export type {
  CorrectedWindow,
  CorrectionPlace,
  CorrectionQuery,
  CorrectionRow,
  Corrections,
  MadeCorrection,
  NewCorrection,
} from './database/corrections/corrections.js';
export type { CountedOf, EventImports, ImportedEvent } from './database/imports/imports.js';
export type * from './database/counter-store.js';
export type * from './database/closing/closings.js';
export type {
  Outbox,
  OutboxRow,
  OutboxState,
  RefusedRow,
  TakenRow,
} from './database/outbox/outbox.js';
export type * from './queue/persist-queue.js';
export type { Bucket } from './words/bucket-name.js';
export type { Int64String, Total } from './words/int64.js';
export type * from './words/server-notes.js';
