import { checkDefaults } from '../../metering/quota/quota-rule.js';
import type { QuotaDefaults } from '../../metering/service/quota.types.js';
import type { OptionReader } from './option-reader.js';

/** Option `quotas`. */
export function readQuotaDefaults(options: OptionReader): QuotaDefaults | undefined {
  const given = options.record('quotas');
  return given && checkDefaults(given);
}
