import { FastCounterError, InvalidOptionsError, quote } from '../errors.js';
import { checkCounterName } from '../input/counter-name.js';
import { isRecord, wrongOption } from '../module/options/option-reader.js';
import { groupPrefix } from '../metering/service/dimensions.js';
import { keysOf } from '../metering/service/reads/group-query.js';
import type { QuotaWindow } from '../metering/service/windows/quota-window.types.js';

/** A quota that the page Metering shows. @publicApi */
export interface DashboardQuota {
  /** The counter of the quota, as `consume()` or `@Quota()` names it. */
  name: string;
  /** How much may be used, from 0; also by a function of the values of `groupBy`, such as the plan of a tenant. */
  limit:
    | number
    | bigint
    | ((
        dimensions: Readonly<Record<string, string>>,
      ) => number | bigint | Promise<number | bigint>);
  /** The window that the limit holds for. @default none: the total */
  window?: QuotaWindow | undefined;
  /** The dimensions whose values have a quota each: the twenty that count the most are shown. @default none: one quota for all */
  groupBy?: string | readonly string[] | undefined;
}

const KEYS: ReadonlySet<string> = new Set(['name', 'limit', 'window', 'groupBy']);

/** Checks the option `quotas`. */
export function readDashboardQuotas(given: unknown): readonly DashboardQuota[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw wrongOption('quotas', given, 'must be an array of quotas');
  return given.map((quota: unknown) => readQuota(quota));
}

function readQuota(given: unknown): DashboardQuota {
  if (!isRecord(given)) {
    throw wrongOption(
      'quotas',
      given,
      "must hold objects such as { name: 'api', limit: 1000, window: 'month' }",
    );
  }
  for (const key of Object.keys(given)) {
    if (KEYS.has(key)) continue;
    throw wrongOption(`quotas.${key}`, given[key], `is unknown; known are ${[...KEYS].join(', ')}`);
  }
  const { name, limit, groupBy } = given;
  const isLimit =
    typeof limit === 'function' ||
    ((typeof limit === 'number' || typeof limit === 'bigint') && limit >= 0);
  if (!isLimit) {
    throw wrongOption(
      'quotas.limit',
      limit,
      'must be a number from 0, or a function that answers one',
    );
  }
  try {
    checkCounterName(name);
    if (groupBy !== undefined) groupPrefix(name, keysOf(groupBy));
  } catch (error) {
    const reason = error instanceof FastCounterError ? error.message : quote(error);
    throw new InvalidOptionsError(`Option "quotas" is wrong: ${reason}`, { cause: error });
  }
  return given as unknown as DashboardQuota;
}
