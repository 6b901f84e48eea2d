import { CacheUnavailableError } from '../../errors.js';
import { RedisMismatchError } from '../../mismatch-errors.js';
import { Parking } from '../../persisting/parking.js';
import { PartitionSetup } from '../../persisting/partition-setup.js';
import { RestoredDatabase } from '../../persisting/restored-database.js';

/*
 * What a process that counts does on its way, and one that only looks must not: what it found would be told by a process that ends at once,
 * and by no other one.
 */

/** A partition without a fence stays so: a process that counts sets it up. */
export class NoSetup extends PartitionSetup {
  override setUp(partition: number): Promise<void> {
    return Promise.reject(
      new RedisMismatchError(
        `Redis holds nothing of partition ${partition} of this namespace: it is another Redis, or was emptied. Nothing was changed. ` +
          'A process of the application that runs sets the partition up within seconds',
      ),
    );
  }
}

/** Values that a restored database does not have any more stay cached until a process that counts finds them. */
export class NoForgetting extends RestoredDatabase {
  override compare(): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts of a Redis that went back stay where they are until a process that counts parks them. */
export class NoParking extends Parking {
  override park(partition: number): Promise<boolean> {
    return Promise.reject(
      new CacheUnavailableError(
        `Redis is behind the database in partition ${partition}, as after a restore. A process with workers parks what is pending there ` +
          'within seconds: try again then',
      ),
    );
  }
}
