import { InvalidOptionsError, quote } from '../errors.js';
import { isRecord, wrongOption } from '../module/options/option-reader.js';
import type { FastCounterOptions } from '../module/options/options.js';
import { resolveOptions, type ResolvedOptions } from '../module/options/resolve-options.js';

/**
 * Options of `FastCounterTestingModule.forRoot()`: those of `FastCounterModule` that say what is counted. Options of servers, queues and
 * time-outs are refused with `InvalidOptionsError`, as there is nothing to wait for.
 *
 * @publicApi
 */
export type FastCounterTestingOptions = Pick<FastCounterOptions, (typeof ALLOWED)[number]>;

const ALLOWED = [
  'namespace',
  'updateInterval',
  'isGlobal',
  'maxBufferedNames',
  'newCounterLimits',
  'windows',
  'quotas',
  'idempotencyTtl',
] as const;

const NO_REDIS = 'there is no Redis';
const NO_QUEUES = 'there are no queues';
const NO_DATABASE = 'there is no database';
const NO_OTHERS = 'an application has one such module';
const NO_SERVER = 'there is no server to wait for';

/** Options of `FastCounterModule` that a test has no use for, and why. */
const OF_SERVERS = {
  ...{ redis: NO_REDIS, cache: NO_REDIS, allowEviction: NO_REDIS, durableClaims: NO_REDIS },
  ...{ linger: NO_REDIS, queue: NO_QUEUES, workers: NO_QUEUES, sweepInterval: NO_QUEUES },
  ...{ dataSource: NO_DATABASE, databaseTimeout: NO_DATABASE, columns: NO_DATABASE },
  ...{ onPersisted: NO_DATABASE, keepChanges: NO_DATABASE },
  name: NO_OTHERS,
  ...{ acknowledgeTimeout: NO_SERVER, commandTimeout: NO_SERVER },
  ...{ flushTimeout: NO_SERVER, shutdownTimeout: NO_SERVER },
} satisfies Record<Exclude<keyof FastCounterOptions, keyof FastCounterTestingOptions>, string>;

/** Throws `InvalidOptionsError` with the first option that is wrong or has no meaning in a test. */
export function resolveTestingOptions(given: unknown = {}): ResolvedOptions {
  if (!isRecord(given)) {
    throw new InvalidOptionsError(`The options must be an object, not ${quote(given)}`);
  }
  const allowed: readonly string[] = ALLOWED;
  for (const [key, value] of Object.entries(given)) {
    if (allowed.includes(key) || value === undefined) continue;
    const reason = (OF_SERVERS as Partial<Record<string, string>>)[key];
    throw wrongOption(
      key,
      value,
      reason === undefined
        ? `is unknown; known to FastCounterTestingModule are ${ALLOWED.join(', ')}`
        : `has no meaning in FastCounterTestingModule, as ${reason}: leave it out. Options there are ${ALLOWED.join(', ')}`,
    );
  }
  const kept = Object.entries(given).filter(([key]) => allowed.includes(key));
  // nothing waits for so long here: it must not bound idempotencyTtl
  return resolveOptions({ ...Object.fromEntries(kept), acknowledgeTimeout: 100 });
}
