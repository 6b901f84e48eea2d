import { CounterBucket } from './counter-bucket.entity.js';
import { Counter } from './counter.entity.js';
import { CounterLedger } from './ledger.entity.js';

/** For `entities` of a data source without `autoLoadEntities`. @publicApi */
export const fastCounterEntities = [Counter, CounterBucket, CounterLedger];
