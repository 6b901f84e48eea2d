import type { CounterDelta, CounterIncrement } from '../../input/counter.types.js';
import { readOptions } from '../../words/read-options.js';
import { InvalidArgumentError } from '../../errors.js';
import { countersOf } from './dimensions.js';
import type { MeterOptions } from './metering.types.js';

const OPTIONS: ReadonlySet<keyof MeterOptions> = new Set([
  ...(['dimensions', 'combinations'] as const),
  ...(['updateInterval', 'idempotencyKey', 'windows', 'at', 'transaction'] as const),
]);

/** The increments of `record()`. A generator, so that a wrong argument is a rejection of `incrMany()`, as any other error is. */
export function* recordedIncrements(
  name: string,
  delta: CounterDelta,
  options: unknown,
): Generator<CounterIncrement> {
  const { dimensions, combinations, ...rest } = readOptions<MeterOptions>(
    ...([options, OPTIONS, 'record()'] as const),
  );
  if (dimensions === undefined) {
    if (combinations !== undefined) {
      throw new InvalidArgumentError(
        'combinations need the option dimensions, which was not given',
      );
    }
    yield { ...rest, name, delta };
    return;
  }
  for (const counter of countersOf(name, dimensions, combinations)) {
    yield { ...rest, name: counter, delta };
  }
}
