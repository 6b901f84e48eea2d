import { CounterClosed, CounterClosing, CounterLate } from './closing.entities.js';
import { CounterBucket } from './counter-bucket.entity.js';
import { CounterChange } from './counter-change.entity.js';
import { CounterCorrection } from './counter-correction.entity.js';
import { CounterImport } from './counter-import.entity.js';
import { CounterOutbox } from './counter-outbox.entity.js';
import { Counter } from './counter.entity.js';
import { CounterLedger } from './ledger.entity.js';

/** The entities of this package, for `entities` of a data source that does not set `autoLoadEntities`. @publicApi */
export const fastCounterEntities = [
  ...[Counter, CounterBucket, CounterLedger, CounterOutbox, CounterCorrection, CounterImport],
  ...[CounterChange, CounterClosing, CounterClosed, CounterLate],
];
