import { checkCounterName } from '../../input/counter-name.js';
import { isPlainObject } from '../../words/read-options.js';
import { InvalidOptionsError, quote } from '../../errors.js';
import type { CountCallsOptions, CountedCall } from './count-calls.types.js';
import { countersOf, type Dimensions, readCombinations } from '../service/dimensions.js';
import { parseTemplate } from './name-template.js';

/** The counters of a call beside its total. */
interface Breakdown {
  needsContext: boolean;
  /** All names are right, that of the total too, or it throws. */
  parts: (total: string, call: CountedCall) => string[];
}

/** Options are wrong when the class is defined: too many dimensions, unknown ones in combinations. */
export function breakdownOf(
  constantName: string | undefined,
  { dimensions, combinations: given }: CountCallsOptions,
): Breakdown | undefined {
  if (dimensions === undefined) {
    if (given === undefined) return undefined;
    throw new InvalidOptionsError('Option "combinations" of @CountCalls() needs "dimensions"');
  }
  if (!isPlainObject(dimensions)) {
    throw new InvalidOptionsError(
      `Option "dimensions" of @CountCalls() (given: ${quote(dimensions)}) must be an object of templates and functions`,
    );
  }
  const parts = Object.entries(dimensions).map(([key, value]) => ({ key, ...reader(value, key) }));
  const anyValues = Object.fromEntries(parts.map(({ key }) => [key, 'value']));
  const combinations = given && readCombinations(given);
  const made = countersOf(constantName ?? 'name', anyValues, combinations);
  const distinct = combinations?.every((keys) => new Set(keys).size === keys.length) ?? true;
  if (!distinct || (combinations !== undefined && made.length <= combinations.length)) {
    throw new InvalidOptionsError(
      `Option "combinations" of @CountCalls() (given: ${quote(given)}) must name each counter once: [a, b] and [b, a] are the same counter, and [] is the total, which is always kept`,
    );
  }
  return {
    needsContext: parts.some(({ needsContext }) => needsContext),
    parts(total, call) {
      const values: Dimensions = Object.fromEntries(
        parts.map(({ key, read }) => [key, read(call)]),
      );
      const names = countersOf(total, values, combinations);
      for (const name of names) checkCounterName(name);
      return names.slice(1);
    },
  };
}

type Value = NonNullable<CountCallsOptions['dimensions']>[string];

function reader(
  value: Value,
  key: string,
): { needsContext: boolean; read: (call: CountedCall) => string | number | boolean } {
  if (typeof value === 'function') return { needsContext: true, read: value };
  if (typeof (value as unknown) !== 'string') {
    throw new InvalidOptionsError(
      `Dimension ${quote(key)} of @CountCalls() (given: ${quote(value)}) must be a template or a function`,
    );
  }
  const { needsContext, render } = parseTemplate(value, `Dimension ${quote(key)}`);
  return { needsContext, read: render };
}
