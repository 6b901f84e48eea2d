import { check } from './checks/check.js';
import { Faults } from './faults.js';
import { replaceGlobals } from './globals.js';
import { HARMLESS, MUTATIONS, NO_MUTATION } from './mutations.js';
import { decideTogether } from './operator.js';
import { OrderedClient } from './ordered-client.js';
import { Random } from './random.js';
import { drawSettings } from './settings.js';
import { RenamingClient } from './renaming-client.js';
import { SequentialClient } from './sequential-client.js';
import { Stage } from './stage.js';
import { LATE, settle } from './settle.js';
import { VirtualTime } from './virtual-time.js';
import { Workload } from './workload.js';
import { World } from './world.js';

export interface RunResult {
  seed: number;
  steps: number;
  /** The same for the same seed, and hardly for any other. */
  digest: number;
  /** Increments that clients asked for. */
  increments: number;
  faults: ReadonlyMap<string, number>;
  violations: string[];
  /** What happened, if it was to be told. */
  trace: readonly string[];
}

/** Share of the runs with values near the ends of the 64-bit range. */
const HUGE = 0.2;

export interface RunOptions {
  mutation?: string;
  tracing?: boolean;
}

/** Work and faults → heal → drain → check; everything drawn from the seed. */
export async function runSeed(
  seed: number,
  { mutation, tracing = false }: RunOptions = {},
): Promise<RunResult> {
  const random = new Random(seed);
  const drawn = drawSettings(random);
  const time = new VirtualTime(1_000_000 + Math.floor(random.next() * 10_000));
  const stage = new Stage(time, random, tracing);
  const broken = mutation === undefined ? NO_MUTATION : { ...MUTATIONS, ...HARMLESS }[mutation];
  if (broken === undefined) throw new RangeError(`There is no mutation "${mutation ?? ''}"`);
  const settings = { ...drawn, ...broken.settings };
  const restore = replaceGlobals(time, random);
  const violations: string[] = [];
  let world: World | undefined;
  const unhandled = (reason: unknown): void => {
    violations.push(`a rejection that nobody handles: ${String(reason)}`);
  };
  process.on('unhandledRejection', unhandled);
  try {
    world = new World(stage, settings, broken);
    direct(world, violations).then(
      () => time.end(),
      (error: unknown) => time.fail(error),
    );
    await time.play();
  } catch (error) {
    violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.off('unhandledRejection', unhandled);
    restore();
  }
  return {
    seed,
    steps: time.steps,
    digest: time.digest,
    increments: world?.history.increments.length ?? 0,
    faults: stage.faults,
    violations,
    trace: stage.lines,
  };
}

async function direct(world: World, violations: string[]): Promise<void> {
  const { stage, settings } = world;
  const faults = new Faults(world);
  for (const workers of settings.processes) faults.startProcess(workers);
  const workload = new Workload(world);
  workload.schedule();
  const { random } = stage;
  const name = random.pick(['balance', 'draft']);
  const sequential = new SequentialClient(world, name, random.chance(HUGE));
  const ordered = new OrderedClient(world);
  const renaming = new RenamingClient(world);
  renaming.start();
  if (settings.losses.length === 0) {
    sequential.start();
    ordered.start();
  }
  faults.schedule();
  let forgotAt = Infinity;
  world.redis.onForgot = () => {
    forgotAt = Math.min(forgotAt, world.history.moment());
  };

  await new Promise<void>((resolve) => stage.time.after(settings.span, resolve, undefined));
  sequential.stop();
  ordered.stop();
  faults.heal();
  violations.push(...(await settle(world, settings.faultless ? 0 : LATE)));
  if (violations.length === 0) violations.push(...(await decideTogether(world)));
  if (violations.length === 0) violations.push(...ordered.check());
  if (violations.length === 0)
    violations.push(...(await check(world, { sequential, renaming }, forgotAt)));
}
