import type { SharedSettings } from './shared-settings.js';

/** With the settings that the partition was seeded with. */
export interface PartitionHealth extends Partial<SharedSettings> {
  seeded: boolean;
  /** Seq of the last batch that was claimed. */
  fence?: number;
  /** Counters with a delta that is not claimed yet. */
  pending: number;
  /** Those of them that are due. */
  due: number;
  /** Milliseconds since the earliest due time passed; negative: until it does. */
  overdueBy?: number;
  /** Seq of the open batch: claimed, not acknowledged. */
  batchSeq?: number;
  batchCounters?: number;
  /** Its age in milliseconds. */
  batchAge?: number;
  /** For how many milliseconds a worker holds it; 0 or less: nobody does. */
  batchHeldFor?: number;
  /** Counters whose row would leave the 64-bit range, kept aside. */
  overflowed: number;
  /** Counters whose row the database refuses, kept aside. */
  refused: number;
  /** Parcels of counts that could not be told from what the database has. */
  parked: number;
  /** Redis's clock was put back, and what is due lies ahead by as much: the next sweep makes it due now. */
  clockWentBack?: boolean;
  /** A loss that was found and not reported yet; the next sweep does. */
  unreported?: UnreportedLoss;
}

/** Counts that Redis forgot before the database had them. */
export interface UnreportedLoss {
  event: 'redisWiped' | 'parked';
  /** Where the database was when it was found. */
  ledgerSeq: number;
  /** Generation that began with it. */
  generation: string;
}
