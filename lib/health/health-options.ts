import { InvalidArgumentError, quote } from '../errors.js';

/** Options of a check of `FastCounterHealthIndicator`. @publicApi */
export interface FastCounterHealthOptions {
  /**
   * Whether the answer has the problems with their texts, in which names and addresses of servers may stand: only where no stranger
   * reads it.
   *
   * @default false
   */
  details?: boolean | undefined;
  /**
   * Name of the `FastCounterModule` that is asked.
   *
   * @default the one without a name
   */
  module?: string | undefined;
}

export function checkHealthOptions(options: unknown): FastCounterHealthOptions {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError(
      `The options of a check must be an object, not ${quote(options)}`,
    );
  }
  const { details, module, ...others } = options as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new InvalidArgumentError(
      `Option ${quote(other)} is unknown; a check has "details" and "module"`,
    );
  }
  if (details !== undefined && typeof details !== 'boolean') {
    throw new InvalidArgumentError(`Option "details" must be true or false, not ${quote(details)}`);
  }
  if (module !== undefined && typeof module !== 'string') {
    throw new InvalidArgumentError(
      `Option "module" must be the name of a FastCounterModule, not ${quote(module)}`,
    );
  }
  return { details, module };
}
