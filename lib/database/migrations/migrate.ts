import type { QueryRunner } from 'typeorm';
import { InvalidArgumentError, quote } from '../../errors.js';
import { readOptions } from '../../words/read-options.js';
import { underSchemaLock } from './schema-lock.js';
import type { SchemaVersion } from './schema-version.js';
import { version1 } from './version-1.js';
import { version2 } from './version-2.js';

const OF_SCHEMA: ReadonlySet<keyof SchemaOptions> = new Set(['version']);
const VERSIONS: readonly SchemaVersion[] = [version1, version2];

/** Options of `upFastCounter()` and `downFastCounter()`. @publicApi */
export interface SchemaOptions {
  /**
   * The version of the schema afterwards, a whole number; 0 has no tables. A key with the value undefined is refused.
   *
   * @default the latest version, going up; 0, going down
   */
  version?: number;
}

/**
 * Creates the tables of this package, up to a version of the schema. Call it from a migration of the application. Called again, it
 * does nothing, and several processes may call it at once. A release that needs a later version says so in its changelog.
 *
 * @throws InvalidArgumentError an option is wrong: nothing was changed
 * @example
 * export class AddCounters1700000000000 implements MigrationInterface {
 *   up(runner: QueryRunner) {
 *     return upFastCounter(runner, { version: 2 });
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
  const target = targetOf(options, VERSIONS.length, 'upFastCounter()');
  await underSchemaLock(runner, async (change) => {
    for (const version of VERSIONS.slice(0, target)) await version.up(change);
  });
}

/**
 * Removes the tables that came after a version of the schema. Without `version` it removes all tables of this package, and the
 * counts with them.
 *
 * @throws InvalidArgumentError an option is wrong: nothing was changed
 * @example
 * await downFastCounter(runner);
 * @publicApi
 */
export async function downFastCounter(
  runner: QueryRunner,
  options: SchemaOptions = {},
): Promise<void> {
  const target = targetOf(options, 0, 'downFastCounter()');
  await underSchemaLock(runner, async (change) => {
    for (const version of VERSIONS.slice(target).reverse()) await version.down(change);
  });
}

/** Refuses a version that is given as undefined: taken as left out, going down would remove all counts. */
function targetOf(options: SchemaOptions, fallback: number, method: string): number {
  const { version } = readOptions<Record<'version', unknown>>(options, OF_SCHEMA, method);
  // what is read has no keys that are undefined
  if (!('version' in options)) return fallback;
  if (typeof version === 'number' && isVersion(version)) return version;
  throw new InvalidArgumentError(
    `version must be a whole number from 0 to ${VERSIONS.length}, not ${quote(version)}: leave the key out for ${
      fallback === 0 ? '0, nothing' : 'the latest'
    }`,
  );
}

const isVersion = (version: number): boolean =>
  Number.isInteger(version) && version >= 0 && version <= VERSIONS.length;
