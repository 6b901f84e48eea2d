import type { QueryRunner } from 'typeorm';
import { InvalidArgumentError, quote } from '../../errors.js';
import { underSchemaLock } from './schema-lock.js';
import type { SchemaVersion } from './schema-version.js';
import { version1 } from './version-1.js';

const VERSIONS: readonly SchemaVersion[] = [version1];

/** @publicApi */
export interface SchemaOptions {
  /** The schema version to come to. @default the latest, going up; 0, nothing, going down */
  version?: number;
}

/**
 * Creates the tables of the counters, up to a version. Call it from a migration of your own: repeating
 * it does nothing, several processes may call it at once, and a later release that needs another version says so in its changelog.
 *
 * @example
 * export class AddCounters1700000000000 implements MigrationInterface {
 *   up(runner: QueryRunner) {
 *     return upFastCounter(runner, { version: 1 });
 *   }
 *   down(runner: QueryRunner) {
 *     return downFastCounter(runner);
 *   }
 * }
 * @publicApi
 */
export async function upFastCounter(
  runner: QueryRunner,
  options: SchemaOptions = {},
): Promise<void> {
  const target = checked(options.version, VERSIONS.length);
  await underSchemaLock(runner, async (change) => {
    for (const version of VERSIONS.slice(0, target)) await version.up(change);
  });
}

/** Takes back what came after a version; without one, everything: the counts are gone. @publicApi */
export async function downFastCounter(
  runner: QueryRunner,
  options: SchemaOptions = {},
): Promise<void> {
  const target = checked(options.version, 0);
  await underSchemaLock(runner, async (change) => {
    for (const version of VERSIONS.slice(target).reverse()) await version.down(change);
  });
}

function checked(version: number | undefined, fallback: number): number {
  if (version === undefined) return fallback;
  if (Number.isInteger(version) && version >= 0 && version <= VERSIONS.length) return version;
  throw new InvalidArgumentError(
    `version must be a whole number from 0 to ${VERSIONS.length}, not ${quote(version)}`,
  );
}
