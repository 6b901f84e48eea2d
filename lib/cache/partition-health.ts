import type { SharedSettings } from './shared-settings.js';

/** What Redis holds of a partition, with the settings that the partition was set up with. */
export interface PartitionHealth extends Partial<SharedSettings> {
  /** Whether the partition was set up: before that, it takes no increments. */
  seeded: boolean;
  /** Seq of the last batch that was claimed; absent where the partition was not set up. */
  fence?: number;
  /** Counters with increments that are not in a batch yet. */
  pending: number;
  /** How many of these counters are due now. */
  due: number;
  /** Milliseconds since the earliest due time; negative until that time comes. Absent where nothing waits. */
  overdueBy?: number;
  /** Seq of the open batch, which a worker claimed and did not acknowledge yet; absent where there is none. */
  batchSeq?: number;
  /** Counters in the open batch. */
  batchCounters?: number;
  /** Milliseconds since the open batch was claimed. */
  batchAge?: number;
  /** Milliseconds for which a worker still holds the open batch; 0 or less: no worker does. */
  batchHeldFor?: number;
  /** Entries put aside because the row of their counter would leave the signed 64-bit range. */
  overflowed: number;
  /** Entries put aside because the database refuses the row of their counter. */
  refused: number;
  /** Parcels of counts that may be in the database already, put aside because Redis went back in time. */
  parked: number;
  /** Whether the clock of Redis was put back, so that due times lie too far ahead: the next sweep makes the counters due. */
  clockWentBack?: boolean;
  /** A loss that was found and not reported yet: the next sweep reports it. */
  unreported?: UnreportedLoss;
}

/** Counts that Redis forgot before the database had them. */
export interface UnreportedLoss {
  /** The event that reports it. */
  event: 'redisWiped' | 'parked';
  /** Seq of the ledger in the database when the loss was found. */
  ledgerSeq: number;
  /** The generation of the partition that began when the loss was found. */
  generation: string;
  /** Of `parked`: nothing was pending, so nothing is put aside. */
  empty?: true;
}
