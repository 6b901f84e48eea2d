import type { QueryRunner } from 'typeorm';
import { InvalidArgumentError, quote } from '../../errors.js';
import { readOptions } from '../../words/read-options.js';
import { underSchemaLock } from './schema-lock.js';
import type { SchemaVersion } from './schema-version.js';
import { version1 } from './version-1.js';

const OF_SCHEMA: ReadonlySet<keyof SchemaOptions> = new Set(['version']);
const VERSIONS: readonly SchemaVersion[] = [version1];

/** @publicApi */
export interface SchemaOptions {
  /** The schema version to come to. Undefined is refused: leave the key out. @default the latest, going up; 0, nothing, going down */
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
 * @throws InvalidArgumentError for a key or a version that there is not: nothing is changed then
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
 * Takes back what came after a version; without one, everything: the counts are gone.
 *
 * @throws InvalidArgumentError for a key or a version that there is not: nothing is changed then
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

/** A version that is given as undefined is no wish for everything: going down, that would be all counts. */
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
