import { setTimeout as sleep } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { copyVersion } from '../support/processes/other-version.js';
import { openWorld } from '../support/processes/world.js';
import { Random } from '../simulation/random.js';
import { Audit } from './audit.js';
import { DAY, MINUTE } from './calendar.js';
import { Fleet } from './fleet.js';
import { Happenings, type Stage } from './happenings.js';
import { type Billable, Ledger } from './ledger.js';
import { Servers } from './servers.js';
import { makeTenants } from './tenants.js';
import { Traffic } from './traffic.js';

/** What an operator does, or what befalls him, on a day behind its traffic. */
export type Happening =
  | 'schema'
  | 'deployment'
  | 'Redis is killed over the end of the month'
  | 'Redis freezes over the end of the month'
  | 'the database is killed over the end of the month'
  | 'cut off'
  | 'thaw'
  | 'close'
  | 'mergers'
  | 'corrections'
  | 'imports'
  | 'back up'
  | 'restore';

export interface Settings {
  seed: number;
  tenants: number;
  /** The first and the last day, in UTC. */
  days: readonly [string, string];
  roundsADay: number;
  /** Tenants who come in a round. */
  visits: number;
  happenings: Readonly<Record<string, readonly Happening[]>>;
  /** Of months that are compared one by one. */
  samples: number;
  /** Whether the database server can be stopped. Default: it is that of all tests. */
  ownDatabase?: boolean;
  /** Another build. */
  program?: string;
}

export interface Report {
  /** What the module answered otherwise than the books have it. */
  wrong: string[];
  /** How much there was, to see that it was no idle run. */
  invoices: number;
  quotaMonths: number;
  crossings: number;
  lateCounts: number;
}

/** Losses and repetitions, of which there must be none but by a restore. */
const BAD = ['redisWiped', 'redisLostWrites', 'overflow', 'refused'] as const;

/** Some days of a software as a service that bills its tenants, on real processes and servers. */
export async function run(settings: Settings): Promise<Report> {
  const servers = await Servers.start({ ownDatabase: settings.ownDatabase ?? false });
  const { databaseUrl, redis } = servers;
  const world = await openWorld({ redisUrl: redis.url, databaseUrl });
  const removed: string[] = [];
  try {
    await servers.toFormerSchema();
    const since = Date.parse(settings.days[0]);
    const random = new Random(settings.seed);
    const tenants = makeTenants(settings.tenants, random);
    const fleet = new Fleet(world, since, settings.program);
    const ledger = new Ledger();
    const audit = new Audit(fleet, ledger);
    const traffic = new Traffic(random, tenants, since);
    const waiting = async (): Promise<number> => {
      const [row] = await world.query<{ rows: number }>(
        'SELECT count(*)::int AS rows FROM fast_counter_outbox',
      );
      return row?.rows ?? 0;
    };
    const { visits } = settings;
    const stage = { fleet, ledger, audit, traffic, servers, tenants, waiting, visits };
    await fleet.grow(2);
    await live(settings, stage, random, async () => {
      // writes what this version does not know
      const next = await copyVersion('claim', 'setInTable(batch, fields)', [
        "redis.call('HSET', state, 'next', '1')",
      ]);
      removed.push(next.directory);
      return next.program;
    });
    return await reportOf(settings, stage);
  } finally {
    await world.end();
    await servers.end();
    for (const directory of removed) await rm(directory, { recursive: true });
  }
}

/** Day after day. */
async function live(
  { days, roundsADay, happenings }: Settings,
  stage: Stage,
  random: Random,
  makeNext: () => Promise<string>,
): Promise<void> {
  const { audit, ledger, fleet } = stage;
  const happening = new Happenings(stage);
  const happen: Record<Happening, (at: number) => Promise<void>> = {
    schema: (at) => happening.migrate(at),
    deployment: async (at) => {
      fleet.deploy(await makeNext());
      await happening.roll(at);
    },
    'Redis is killed over the end of the month': (at) => happening.outage(at, 'redis', 'kill'),
    'Redis freezes over the end of the month': (at) => happening.outage(at, 'redis', 'freeze'),
    'the database is killed over the end of the month': (at) =>
      happening.outage(at, 'database', 'kill'),
    'cut off': (at) => happening.cut(at),
    thaw: () => happening.thaw(),
    close: (at) => happening.close(at),
    mergers: () => happening.mergers(),
    corrections: (at) => happening.corrections(at),
    imports: (at) => happening.imports(at),
    'back up': (at) => happening.backUp(at),
    restore: (at) => happening.restore(at),
  };
  const left = new Set(Object.keys(happenings));
  for (let day = Date.parse(days[0]); day <= Date.parse(days[1]); day += DAY) {
    const date = new Date(day).toISOString().slice(0, 10);
    left.delete(date);
    const hours = new Set<number>();
    // months of invoices end later
    while (hours.size < roundsADay) hours.add(random.whole(0, 19));
    // no day begins anywhere within the minutes that a round may take
    for (const hour of [...hours].sort((one, other) => one - other)) {
      await happening.traffic(day + hour * 60 * MINUTE + 2 * MINUTE);
    }
    ledger.wrong.push(...(await audit.final()).map((text) => `${text}, on ${date}`));
    await happening.settleLate();
    ledger.wrong.push(...(await audit.present()).map((text) => `${text}, on ${date}`));
    for (const what of happenings[date] ?? []) {
      await happen[what](day + 20 * 60 * MINUTE + 2 * MINUTE);
      await happening.settleLate();
    }
    if (ledger.wrong.length > 100) break;
  }
  if (left.size > 0 && ledger.wrong.length === 0)
    ledger.wrong.push(`not lived: ${[...left].join()}`);
  await happening.expectClosed();
}

/** Everything once more, at the end: before it is persisted, and behind. */
async function reportOf(
  { samples }: Settings,
  { audit, ledger, fleet, tenants }: Stage,
): Promise<Report> {
  const wrong = new Set(ledger.wrong);
  const note = (found: readonly string[]): void => found.forEach((text) => wrong.add(text));
  const invoices = async (): Promise<void> => {
    for (const [name, month] of audit.months) note(await audit.invoices(name, month));
    for (const date of audit.dates) note(await audit.quotas(date));
  };
  await invoices();
  await fleet.any.flush();
  await invoices();
  for (const key of ledger.closed) {
    const [name, month] = key.split('|') as [Billable, string];
    note(await audit.late(name, month));
  }
  const bounded = [...ledger.used.values()].filter(({ tenant }) => tenant.plan !== 'scale');
  const step = Math.max(1, Math.floor(bounded.length / samples));
  for (let i = 0; i < bounded.length; i += step) {
    const month = bounded[i];
    if (month !== undefined) note(await audit.overage(month));
  }
  const merged = tenants.filter(({ id }) => ledger.merged.has(id));
  const into = tenants.filter(({ id }) => [...ledger.merged.values()].includes(id));
  const some = tenants.filter((_, i) => i % Math.ceil(tenants.length / samples) === 0);
  for (const tenant of [...merged, ...into, ...some]) note(await audit.totals(tenant));
  // no call waits for it
  for (let tries = 0; tries < 50 && audit.thresholds().length > 0; tries++) await sleep(100);
  note(audit.thresholds());
  for (const event of BAD) {
    const told = fleet.told(event);
    if (told.length > 0) wrong.add(`event: ${event} was told: ${JSON.stringify(told[0])}`);
  }
  return {
    wrong: [...wrong],
    invoices: ledger.billed.size,
    quotaMonths: ledger.used.size,
    crossings: fleet.told('quotaCrossed').length,
    lateCounts: ledger.late.size,
  };
}
