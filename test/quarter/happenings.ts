import { setTimeout as sleep } from 'node:timers/promises';
import { type ClosedUsage, meteredName } from '../../lib/index.js';
import { type CountingProcess, ProcessError } from '../support/processes/counting-process.js';
import type { Billed } from '../support/processes/protocol.js';
import { drain } from '../support/processes/checks.js';
import type { Operation, Round } from './acts.js';
import type { Audit } from './audit.js';
import { closableFrom, MINUTE, monthAfter, monthOf, startOfMonth } from './calendar.js';
import type { Fleet } from './fleet.js';
import type { Billable, Ledger } from './ledger.js';
import type { Servers } from './servers.js';
import type { Tenant } from './tenants.js';
import type { Scene, Traffic } from './traffic.js';

export interface Stage {
  fleet: Fleet;
  ledger: Ledger;
  audit: Audit;
  traffic: Traffic;
  servers: Servers;
  tenants: readonly Tenant[];
  /** How many rows of the outbox wait to be counted. */
  waiting: () => Promise<number>;
  /** Tenants who come at one moment. */
  visits: number;
}

/** Tenants for whom an operator corrects something. */
const CORRECTIONS = 20;
const MERGERS = 5;
const UNAVAILABLE = /OUTCOME_UNKNOWN|DATABASE_UNAVAILABLE|CACHE_UNAVAILABLE/;
const BILLED: readonly Billable[] = ['messages', 'jobs'];

/** What happens in a quarter. Each resolves when all that was sent is acknowledged, and is in the books. */
export class Happenings {
  /** A process that stands still, and what it holds. */
  private cutOff?: { process: CountingProcess; round: Round; answers: Promise<unknown> };
  private readonly closings: [Billable, string, ClosedUsage][] = [];

  constructor(private readonly stage: Stage) {}

  /** What is sent on any day. */
  async traffic(at: number): Promise<void> {
    const { traffic, visits } = this.stage;
    await this.round(at, traffic.visits(visits, this.scene(at)));
  }

  async corrections(at: number): Promise<void> {
    await this.round(at, this.stage.traffic.corrections(CORRECTIONS, this.scene(at)));
  }

  /** Tenants who are bought by others: what they send is counted for these, but for months that were billed. */
  async mergers(): Promise<void> {
    const { fleet, ledger, traffic, tenants } = this.stage;
    for (let pair = 0; pair < MERGERS; pair++) {
      const [old, into] = tenants.slice(2 * pair, 2 * pair + 2).map(({ id }) => id);
      if (old === undefined || into === undefined) throw new Error('There are too few tenants');
      const part = (tenant: string): string => meteredName('messages', { tenant });
      await fleet.any.rename({ from: part(old), to: part(into) });
      traffic.leave(old);
      ledger.merge(old, into);
    }
  }

  async imports(at: number): Promise<void> {
    for (let time = 0; time < 2; time++) {
      const log = this.stage.traffic.imports(5 * this.stage.visits, this.scene(at));
      await this.round(at, log);
      // a month later somebody does the same again
      await this.round(at, log);
    }
  }

  /** A server is away while a month ends: what was sent before is of that month, what is sent behind of the next. */
  async outage(at: number, which: 'redis' | 'database', how: 'kill' | 'freeze'): Promise<void> {
    const { servers, fleet, ledger, traffic, visits, tenants } = this.stage;
    const end = startOfMonth(monthAfter(monthOf(at)));
    // so each tenant is on one side
    const sides = [0, 1].map((side) => tenants.filter((_, i) => i % 2 === side));
    const rounds = [end - 13 * MINUTE, end + 2 * MINUTE].map((moment, side): Round => {
      const scene = { ...this.scene(moment), past: false, keyed: true };
      return { at: moment, operations: traffic.visits(visits, scene, sides[side]) };
    });
    const start = await servers.stop(which, how);
    const answered = [];
    for (const round of rounds) {
      answered.push(fleet.run(round));
      await sleep(500);
    }
    await start();
    const answers = await Promise.all(answered);
    for (const [i, round] of rounds.entries()) {
      ledger.apply(round, await this.askAgain(round, answers[i] ?? []));
    }
  }

  /** A process stands still with what it holds, before a month ends. */
  async cut(at: number): Promise<void> {
    const { fleet, traffic, visits } = this.stage;
    const signalAt = { point: 'before add', signal: 'SIGSTOP' } as const;
    const process = await fleet.start({ workers: false, signalAt });
    const operations = traffic.messages(visits, at, process);
    const acts = operations.map(({ act }) => act);
    const answers = process.bill(at, acts);
    answers.catch(() => undefined);
    this.cutOff = { process, round: { at, operations }, answers };
  }

  /** Days later it goes on. */
  async thaw(): Promise<void> {
    const { ledger } = this.stage;
    if (this.cutOff === undefined) throw new Error('No process was cut off');
    const { process, round, answers } = this.cutOff;
    process.signal('SIGCONT');
    ledger.apply(round, (await answers) as object[]);
    await process.close();
    delete this.cutOff;
  }

  /** The month before gets its final numbers, and so do those of tenants that are over everywhere. */
  async close(at: number): Promise<void> {
    const { audit, ledger } = this.stage;
    const before = monthOf(startOfMonth(monthOf(at)) - 1);
    const isOver = (date: string): boolean => closableFrom(date) <= at;
    const open = audit.dates.filter((date) => !ledger.closed.has(`calls|${date}`));
    const early = open.find((date) => !isOver(date));
    if (early !== undefined) await this.expectRefused('calls', early, 'before it was over');
    for (const name of BILLED) await this.closeOne(name, before);
    for (const date of open.filter(isOver)) await this.closeOne('calls', date);
  }

  /** The tables of the next version, under load; then processes that know them take the place of all others. */
  async migrate(at: number): Promise<void> {
    const { fleet, servers } = this.stage;
    const old = fleet.processes;
    await Promise.all([servers.migrate(), this.traffic(at)]);
    await Promise.all([fleet.grow(old.length), this.traffic(at)]);
    await this.traffic(at);
    for (const process of old) await this.prepareEnd(process, at);
    await Promise.all([...old.map((process) => fleet.end(process)), this.traffic(at)]);
  }

  /** One process after the other is replaced, while the others go on. */
  async roll(at: number): Promise<void> {
    const { fleet } = this.stage;
    for (const process of fleet.processes) {
      await Promise.all([fleet.grow(1), this.traffic(at)]);
      await this.prepareEnd(process, at);
      await Promise.all([fleet.end(process), this.traffic(at)]);
    }
  }

  /** Redis is copied while counts wait in it. */
  async backUp(at: number): Promise<void> {
    await this.traffic(at);
    await this.stage.servers.backUpRedis();
  }

  /** Redis is lost, and comes back as it was; all that waited in the copy was persisted since. */
  async restore(at: number): Promise<void> {
    const { fleet, servers, ledger } = this.stage;
    await fleet.any.flush();
    // a partition of which nothing waited in the copy has an event of its own
    const found = () => [...fleet.told('parked'), ...fleet.told('redisWentBack')];
    const before = new Set(found());
    await servers.restoreRedis();
    await drain(fleet.any);
    const partitions = (): number =>
      new Set(
        found()
          .filter((event) => !before.has(event))
          .map(({ partition }) => partition),
      ).size;
    for (let tries = 0; partitions() < 5; tries++) {
      if (tries === 100) {
        ledger.wrong.push(`restore: ${partitions()} partitions of 5 were found to be older`);
        break;
      }
      await sleep(100);
    }
    await fleet.any.discardRewound();
    await this.traffic(at);
  }

  /** What came too late is noticed now, and counted in the present month. */
  async settleLate(): Promise<void> {
    const { audit, fleet, ledger, waiting } = this.stage;
    if (!ledger.hasLate) return;
    await fleet.any.flush();
    for (const key of ledger.closed) {
      const [name, month] = key.split('|') as [Billable, string];
      if (name !== 'calls') await fleet.any.meter('late', name, audit.rangeOf(name, month));
    }
    while ((await waiting()) > 0) await sleep(50);
    ledger.carry(fleet.now);
  }

  /** What was closed is as it was. */
  async expectClosed(): Promise<void> {
    const { fleet, ledger } = this.stage;
    for (const [name, month, closed] of this.closings) {
      const options = this.closing(name, month, 'somebody else');
      const again = await fleet.any.meter<ClosedUsage>('close', name, options);
      if (JSON.stringify(again) !== JSON.stringify(closed)) {
        ledger.wrong.push(`invoice: ${name} was closed twice: ${JSON.stringify([closed, again])}`);
      }
    }
  }

  private async closeOne(name: Billable, month: string): Promise<void> {
    const { ledger } = this.stage;
    const evenIfIncomplete = this.cutOff !== undefined;
    // months of tenants that were over before it stood still are complete
    if (evenIfIncomplete && name !== 'calls') {
      await this.expectRefused(name, month, 'beside a process that is cut off');
    }
    const options = { ...this.closing(name, month), evenIfIncomplete };
    this.closings.push([name, month, await this.whenComplete(name, options)]);
    ledger.close(name, month);
  }

  private async expectRefused(name: Billable, month: string, when: string): Promise<void> {
    const { fleet, ledger } = this.stage;
    const closing = fleet.any.meter('close', name, this.closing(name, month));
    const refused = await closing.catch((error: unknown) => error);
    if (refused instanceof ProcessError && refused.code === 'WINDOW_NOT_COMPLETE') return;
    ledger.wrong.push(`invoice: ${name} of ${month} was closed ${when}`);
  }

  private closing(name: Billable, month: string, by = 'billing'): object {
    const { window, from: at } = this.stage.audit.rangeOf(name, month);
    return { window, at, by };
  }

  private scene(at: number): Scene {
    const { fleet, ledger } = this.stage;
    return { at, processes: fleet.processes, held: ledger.heldOf, past: true, keyed: false };
  }

  private async round(at: number, operations: readonly Operation[]): Promise<void> {
    const { fleet, ledger } = this.stage;
    const round = { at, operations };
    ledger.apply(round, await fleet.run(round));
  }

  /**
   * A take that an outage made fail is asked for again, under its key and as of the same moment: nobody knows whether it was counted. A
   * threshold that was crossed then is told by the next call of its quota.
   */
  private async askAgain({ at, operations }: Round, answers: Billed[]): Promise<Billed[]> {
    const { fleet, traffic } = this.stage;
    const unknown = operations.filter((_, i) => UNAVAILABLE.test(answers[i]?.failed ?? ''));
    const again = await fleet.run({ at, operations: unknown });
    await fleet.run({ at, operations: traffic.looks(operations) });
    return answers.map((answer, i) => again[unknown.indexOf(operations[i] as Operation)] ?? answer);
  }

  /** Who took can give back as long as his process runs. */
  private async prepareEnd(process: CountingProcess, at: number): Promise<void> {
    const { ledger, traffic } = this.stage;
    const returned = ledger.heldBy(process).filter((_, i) => i % 2 === 0);
    await this.round(at, traffic.refunds(returned));
    ledger.forget(process);
  }

  /** A process says every ten seconds until when it has delivered all. */
  private async whenComplete(name: Billable, options: object): Promise<ClosedUsage> {
    for (;;) {
      try {
        return await this.stage.fleet.any.meter<ClosedUsage>('close', name, options);
      } catch (error) {
        if (!(error instanceof ProcessError) || error.code !== 'WINDOW_NOT_COMPLETE') throw error;
        await sleep(500);
      }
    }
  }
}
