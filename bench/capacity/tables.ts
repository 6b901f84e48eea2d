import { readable } from '../report/numbers.js';
import { type Table, toMarkdown } from '../report/tables.js';
import { COSTS, type ProcessorCosts, type Size, SIZES } from './costs.js';
import { type Example, EXAMPLES, ON_PAPER } from './examples.js';
import { type Plan, planOf } from './order.js';

/** The parts of docs/capacity.md that the formula fills, by their name. */
export function capacityParts(): Map<string, string> {
  return new Map([
    ['capacity-costs', toMarkdown(costsTable())],
    ['capacity-sizes', toMarkdown(sizesTable())],
    ['capacity-examples', toMarkdown(examplesTable(EXAMPLES))],
    ['capacity-paper', toMarkdown(examplesTable(ON_PAPER))],
  ]);
}

const COST_NAMES: readonly [keyof ProcessorCosts, string][] = [
  ['call', '`call`: a script call with one increment'],
  ['run', '`run`: each further partition in a call, with one increment'],
  ['entry', '`entry`: each further counter of a partition in a call'],
  ['first', '`first`: a counter that is the first of its period, once a run'],
  ['row', '`row`: a row that is persisted'],
  ['batch', '`batch`: a batch of rows, with its job'],
];

function costsTable(): Table {
  const { redis, processes } = COSTS;
  const database: Partial<ProcessorCosts> = COSTS.database;
  const lines = COST_NAMES.map(([name, text]) => [
    text,
    readable(redis[name]),
    readable(processes[name]),
    readable(database[name] ?? NaN),
  ]);
  return [['µs of processor', 'Redis', 'processes', 'database'], ...lines];
}

function sizesTable(): Table {
  const { waiting, cached, row, connection } = SIZES;
  const line = (text: string, { bytes, character }: Size): string[] => [
    text,
    readable(bytes),
    readable(character),
  ];
  return [
    ['', 'bytes, with a name of 20 characters', 'and for each character more'],
    line('`waiting`: a counter that waits in Redis', waiting),
    line('`cached`: a persisted value that is cached in Redis', cached),
    line('`row`: a row in PostgreSQL with its key', row),
    ['`connection`: a connection to Redis', readable(connection), '–'],
  ];
}

type Line = readonly [text: string, value: (plan: Plan) => string];

const percent = (processors: number): string => `${readable(100 * processors)} %`;
const size = (bytes: number): string =>
  bytes < 1e9 ? `${readable(bytes / 1e6)} MB` : `${readable(bytes / 1e9)} GB`;

const LINES: readonly Line[] = [
  ['increments a second', ({ load }) => readable(load.increments)],
  ['… awaited', ({ load }) => (load.awaited ? 'yes' : 'no, decorated calls')],
  ['counters touched in an interval and a second', ({ load }) => readable(load.touched)],
  ['counters in all', ({ load }) => readable(load.counters)],
  ['… read within two hours', ({ load }) => readable(load.read)],
  ['processes', ({ load }) => readable(load.processes)],
  ['increments come together in', ({ load }) => `${load.awaited ? load.gathering : 50} ms`],
  ['characters of a name', ({ load }) => String(load.nameLength)],
  ['windows of an increment', ({ load }) => String(load.windows)],
  ['rows of windows', ({ load }) => readable(load.windowRows)],
  ['**script calls a second**', ({ need }) => readable(need.calls)],
  ['**processor of Redis**', ({ need }) => percent(need.redis)],
  ['**memory of counters in Redis**', ({ need }) => size(need.memory)],
  ['**row writes a second**', ({ need }) => readable(need.rowWrites)],
  ['**batches a second**', ({ need }) => readable(need.batches)],
  ['**processor of the database**', ({ need }) => percent(need.database)],
  ['**processor of counting, in the processes**', ({ need }) => percent(need.counting)],
  ['**processor of persisting, in the workers**', ({ need }) => percent(need.persisting)],
  ['order: Redis servers', ({ order }) => String(order.redisServers)],
  ['… `maxmemory` of each', ({ order }) => size(order.maxmemory)],
  ['… connections to each', ({ order }) => readable(order.redisConnections)],
  ['order: partitions (`queue.count`)', ({ order }) => String(order.partitions)],
  ['order: processes with workers', ({ order }) => String(order.workers)],
  ['order: processors of the database', ({ order }) => String(order.databaseProcessors)],
  ['… connections for counts', ({ order }) => String(order.databaseConnections)],
  ['… size of the tables', ({ order }) => size(order.databaseSize)],
];

function examplesTable(examples: readonly Example[]): Table {
  const plans = examples.map(({ load, costs }) => planOf(load, costs, SIZES));
  return [
    ['', ...examples.map(({ title }) => title)],
    ...LINES.map(([text, value]) => [text, ...plans.map(value)]),
  ];
}
