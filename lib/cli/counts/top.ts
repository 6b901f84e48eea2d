import type { CountWindow } from '../../words/bucket-name.js';
import { numberOf, textOf, textsOf } from '../arguments.js';
import { table } from '../output/table.js';
import { moment } from '../output/times.js';
import type { Verb } from '../verb.js';

export const top: Verb = {
  name: 'top',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'List the counters that counted the most, with what is pending.',
  teaches: [
    'In total, or with --window in the window that runs, such as today; with --from and --to in all windows between. Counters must be kept ' +
      'per such window.',
    'Either by --prefix, or the parts of a metered name by --name and --group.',
  ],
  options: {
    prefix: { value: 'TEXT', does: 'only names that begin with this' },
    name: { value: 'NAME', does: 'a metered name, whose parts are ranked' },
    group: { value: 'DIMENSION', does: 'the dimension of --name', multiple: true },
    window: { value: 'WINDOW', does: 'minute, hour, day, week or month' },
    from: { value: 'WHEN', does: 'a date, or how long ago, such as 7d' },
    to: { value: 'WHEN', does: 'a date, or how long ago; default: now' },
    limit: { value: 'N', does: 'how many; default: 10' },
  },
  examples: [
    'top --prefix views: --window day',
    'top --name api.calls --group tenant --window month --limit 20',
  ],
  embedded: true,
  async run({ connect, options }) {
    const { observer } = await connect();
    const { timeZone } = observer.options.windows;
    const name = textOf(options, 'name');
    const group = textsOf(options, 'group');
    const which =
      name === undefined && group.length === 0
        ? { prefix: textOf(options, 'prefix') ?? '' }
        : { prefix: textOf(options, 'prefix'), name, groupBy: group };
    const found = await observer.metering.top({
      ...which,
      window: textOf(options, 'window') as CountWindow | undefined,
      from: moment('from', options.from, timeZone),
      to: moment('to', options.to, timeZone),
      limit: numberOf(options, 'limit'),
      bigint: true,
    });
    const rows = found.map(({ name: counter, value }) => [counter, String(value)]);
    return { data: found, text: table(['name', 'count'], rows), exit: 0 };
  },
};
