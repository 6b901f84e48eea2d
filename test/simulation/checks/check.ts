import { parseName } from '../../../lib/words/bucket-name.js';
import type { PartitionState } from '../../../lib/cache/memory/state/partition-state.js';
import { LAST, NAMES, type RenamingClient } from '../renaming-client.js';
import type { SequentialClient } from '../sequential-client.js';
import { settle } from '../settle.js';
import { GROWING, RESET } from '../workload.js';
import type { World } from '../world.js';
import { checkColumns } from './columns.js';
import { byDigit, checkCounts } from './increments.js';
import { ONCE, RENAMED } from '../once-client.js';
import { BOOKED } from '../transacting-client.js';
import { checkOnce } from './once.js';
import { checkReadings } from './readings.js';
import { checkRenamed, heldBy, isRenamed, isTotal, rowsUnder } from './renamed.js';
import { checkReports } from './reports.js';
import { checkResets } from './resets.js';
import { checkTransactions } from './transactions.js';

/** A counter in each partition that nobody looks at. */
const WITNESSES = ['votes', 'visits'];
const COUNTERS = [...GROWING, RESET];

interface Clients {
  sequential: SequentialClient;
  renaming: RenamingClient;
}

/** Everything is drained: compares what clients were told with what is in the database. */
export async function check(
  world: World,
  { sequential, renaming }: Clients,
  forgotAt: number,
): Promise<string[]> {
  const { history, settings } = world;
  const isWhole = settings.losses.length === 0;
  // whoever counts again notices what was forgotten
  if (!isWhole) await countAgain(world);
  const violations = [
    ...history.unexpected(sequential.counter),
    ...(isWhole ? sequential.check() : []),
    ...GROWING.flatMap((counter) =>
      checkCounts(world, { counter, value: row(world, counter), all: byDigit(world, counter) }),
    ),
    ...GROWING.flatMap((counter) => checkReadings(world, counter, forgotAt)),
    ...checkResets(world, row(world, RESET)),
    ...checkOnce(world, row(world, ONCE) + row(world, RENAMED)),
    ...checkTransactions(world, row(world, BOOKED)),
    ...checkRenamed(world, renaming, forgotAt),
    ...checkColumns(world),
    ...checkReports(world),
  ];
  if (violations.length > 0) return violations;
  if (settings.renames) violations.push(...(await mergeAll(world)));
  return [...violations, ...(await checkHealth(world))];
}

/** One more increment of each counter is counted, and read by a process that knows nothing. */
async function checkHealth(world: World): Promise<string[]> {
  const before = new Map(COUNTERS.map((counter) => [counter, row(world, counter)]));
  await probe(world);
  const violations = await settle(world);
  for (const [counter, value] of before) {
    if (row(world, counter) === value + 1n) continue;
    violations.push(`${counter} is ${row(world, counter)} after all, not ${value + 1n}`);
  }
  const totals = await answered(world, 'getCounts', (process) =>
    process.service.getCounts(COUNTERS, { bigint: true }),
  );
  COUNTERS.forEach((counter, index) => {
    const total = totals?.[index];
    if (total === row(world, counter)) return;
    violations.push(`${counter} reads ${String(total)}, its row is ${row(world, counter)}`);
  });
  return [...violations, ...checkColumns(world), ...checkBases(world)];
}

/** All names are merged into the last one by a process that knows nothing: nothing is left under the others, and nothing is lost. */
async function mergeAll(world: World): Promise<string[]> {
  const before = heldBy(world, isTotal);
  const merge = (): Promise<true | undefined> =>
    answered(world, 'merges all', ({ service }) =>
      service.merge(NAMES.slice(0, -1), LAST).then(() => true as const),
    );
  // a job may be lost, and whoever sweeps may have died: another one does with its next beat
  const isMerged = (await merge()) ?? (await settle(world), await merge());
  if (isMerged !== true) return ['what was renamed cannot be merged'];
  const isOther = (name: string): boolean => isRenamed(name) && parseName(name).counter !== LAST;
  const left = rowsUnder(world, isOther).map((each) => `${each} is left behind merge()`);
  const after = row(world, LAST);
  const lost = after === before ? [] : [`${LAST} is ${after} behind merge(), not ${before}`];
  return [...left, ...lost, ...(await settle(world))];
}

async function countAgain(world: World): Promise<void> {
  for (const process of world.ready) {
    const call = (): Promise<void> =>
      process.service.incrMany(WITNESSES.map((name) => ({ name, updateInterval: 0 })));
    world.stage.time.after(
      0,
      () => void world.history.record(process, 'counts again', call),
      process,
    );
  }
  await settle(world, 1);
}

async function probe(world: World): Promise<void> {
  await answered(world, 'incr each by 1', (process) =>
    process.service.incrMany(COUNTERS.map((name) => ({ name, updateInterval: 0 }))),
  );
}

/** The answer that a fresh process gives. */
async function answered<Answer>(
  world: World,
  text: string,
  call: (process: World['processes'][number]) => Promise<Answer>,
): Promise<Answer | undefined> {
  const process = world.startProcess(false);
  return new Promise((resolve) => {
    const ask = (): void => {
      world.history.record(
        process,
        text,
        () => call(process),
        (_, answer) => resolve(answer),
      );
    };
    world.stage.time.after(1, ask, process);
  });
}

function row({ database }: World, counter: string): bigint {
  return database.value(counter) ?? 0n;
}

function checkBases(world: World): string[] {
  const { redis } = world;
  return redis.all().flatMap((partition) =>
    cachedValues(redis.states.partition(partition)).flatMap(([name, value]) => {
      if (value === row(world, name)) return [];
      return [`the cached base of ${name} is ${value}, its row ${row(world, name)}`];
    }),
  );
}

const cachedValues = ({ bases }: PartitionState): [string, bigint][] => [
  ...bases.younger.values,
  ...bases.older.values,
  ...bases.large,
];
