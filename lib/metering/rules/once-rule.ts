import { InvalidOptionsError, quote } from '../../errors.js';
import { checkOnceKey, checkWithin, type OnceWithin } from '../../input/once.js';
import type { CountCallsOptions, CountedCall } from './count-calls.types.js';
import { parseTemplate } from './name-template.js';
import { PlaceholderError } from './template.js';

/** Under which key a call counts once. */
export interface OnceRule {
  needsContext: boolean;
  /** Throws where the call has no key that can be used. */
  keyOf: (call: CountedCall) => OnceWithin;
}

/** Options are wrong when the class is defined. */
export function onceRule({ once, within }: CountCallsOptions): OnceRule | undefined {
  if (once === undefined) {
    if (within === undefined) return undefined;
    throw new InvalidOptionsError('Option "within" of @CountCalls() needs "once"');
  }
  if (typeof once !== 'string' && typeof once !== 'function') {
    throw wrong('once', once, 'must be a template or a function');
  }
  checkWithin(within, (must) => wrong('within', within, must));
  const { needsContext, render } =
    typeof once === 'function'
      ? { needsContext: true, render: once }
      : parseTemplate(once, 'Option "once"');
  return {
    needsContext,
    keyOf(call) {
      const key = rendered(render, call);
      checkOnceKey(key, 'once');
      return { key, within };
    },
  };
}

function rendered(render: (call: CountedCall) => string, call: CountedCall): string {
  try {
    return render(call);
  } catch (error) {
    if (!(error instanceof PlaceholderError)) throw error;
    const { placeholder, value } = error;
    const found = value === '' ? 'empty' : quote(value);
    throw new TypeError(`${placeholder} in once is ${found}`, { cause: error });
  }
}

const wrong = (key: string, value: unknown, must: string): InvalidOptionsError =>
  new InvalidOptionsError(`Option "${key}" of @CountCalls() (given: ${quote(value)}) ${must}`);
