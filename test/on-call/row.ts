import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, onTestFinished } from 'vitest';
import type { ProblemCode } from '../../lib/index.js';
import { documented } from './documented.js';
import { type Operated, type OperatedOptions, startOperated } from './operated.js';
import { fromOutside, type Health, shown, unended, warned, Witness } from './shown.js';
import { NAMES, Traffic } from './traffic.js';

/** What an operator is to see while something is wrong: that, and nothing else. */
export interface Row {
  verdict: 'OK' | 'DEGRADED' | 'DOWN';
  codes: readonly ProblemCode[];
  /** What the problems say, by their codes. */
  says?: Readonly<Partial<Record<ProblemCode, RegExp>>>;
  /** Checks that are not up without codes. */
  health?: Partial<Health>;
  /** What the metric `fastcounter_up` has at 0. */
  fails?: readonly string[];
  /** What may be there for the first moments, until the cause is known. */
  first?: readonly ProblemCode[];
  /** Codes of the lines that warn. */
  log: readonly ProblemCode[];
  /** What `fastcounter status` ends with, and the codes it prints. */
  outside: readonly [0 | 1 | 2, ...ProblemCode[]];
  /** For which problem docs/on-call.md says what the doctor finds; and how it ends, and what it says. */
  doctor?: readonly [ProblemCode, 0 | 1 | 2, RegExp];
}

/** Milliseconds from the fault after which the row holds, and all is to be as it says. */
export const HELD = 15_000;

/** A command is a process, which starts in a second. */
export const POLL = { timeout: 90_000, interval: 500 };

const GREEN = { verdict: 'OK', codes: [], log: [], outside: [0] } as const satisfies Row;

/** What this process found, and no other one knows. */
const lossesOf = (codes: readonly ProblemCode[]): Row => ({
  ...GREEN,
  ...{ verdict: 'DEGRADED', codes, health: { intact: `up ${codes.toSorted().join(' ')}` } },
});

/** An application on which users count, and somebody who is on call for it. */
export class Duty {
  readonly traffic: Traffic;
  private readonly witness: Witness;
  private begun = performance.now();
  private logged = 0;

  private constructor(readonly operated: Operated) {
    this.traffic = new Traffic(operated.counters);
    this.witness = new Witness(operated);
  }

  /** Users count, and all is green. It ends with the test. */
  static async begin(options: OperatedOptions = {}): Promise<Duty> {
    const duty = await Duty.start(options);
    await duty.looksLike(GREEN);
    duty.logged = duty.operated.log.length;
    return duty;
  }

  /** The same, where something may be wrong from the start on. */
  static async start(options: OperatedOptions = {}): Promise<Duty> {
    const operated = await startOperated(options);
    const duty = new Duty(operated);
    onTestFinished(async () => {
      await duty.witness.stop();
      await duty.traffic.stop();
      await operated.close();
    });
    duty.traffic.start();
    // each counter is known to Redis and to the database
    if (options.workers !== false) await operated.counters.flush();
    await operated.counters.getCounts(NAMES);
    return duty;
  }

  /** From now on something is wrong. */
  faultBegins(): void {
    this.begun = performance.now();
  }

  /** Within the time after which the row holds, and then, all show what is wrong, and nothing besides has been shown. */
  async shows(row: Row, held = HELD): Promise<void> {
    await this.looksLike(row);
    await sleep(Math.max(0, held - (performance.now() - this.begun)));
    await this.looksLike(row, 3_000);
    this.saw(row.codes, row.first);
    for (const [code, text] of Object.entries(row.says ?? {})) {
      expect(this.witness.texts.get(code)).toMatch(text);
    }
    const { first = [] } = row;
    const passing = first.filter((code) => !row.log.includes(code)) as string[];
    const lines = (): string[] =>
      warned(this.operated, this.logged).filter((line) => !passing.includes(line));
    // a sweep finds some things a second later
    await expect.poll(lines, POLL).toEqual(row.log.toSorted());
    const [exit, ...codes] = row.outside;
    const doctor = row.doctor && documented(this.operated, row.doctor[0], 'doctor');
    const outside = async (): Promise<unknown[]> => {
      const [status, ...found] = await fromOutside(this.operated);
      return [status, ...found.filter((code) => !this.isLate || code !== 'FC-OVERDUE')];
    };
    await expect.poll(outside, POLL).toEqual([exit, ...codes.toSorted()]);
    if (doctor === undefined || row.doctor === undefined) return;
    const [, status, text] = row.doctor;
    const found = await doctor;
    expect(found.out).toMatch(text);
    expect(found.status).toBe(status);
  }

  /** All is green again but for losses, which stay for an hour; nothing else was shown meanwhile, and totals are exact. */
  async isGreenAgain({
    losses = [],
    lost = 0n,
    while: codes,
    first,
  }: Pick<Row, 'first'> & {
    while: readonly ProblemCode[];
    losses?: readonly ProblemCode[];
    /** How many increments of each name are not to be counted. */
    lost?: bigint;
  }): Promise<void> {
    await this.looksLike(losses.length === 0 ? GREEN : lossesOf(losses));
    await expect.poll(() => unended(this.operated, this.logged), POLL).toEqual(losses.toSorted());
    await this.traffic.stop();
    await this.hasExactly(lost);
    const outside = losses.length === 0 ? [0] : [1, ...losses.toSorted()];
    await expect.poll(() => fromOutside(this.operated), POLL).toEqual(outside);
    this.saw(codes, first);
  }

  /** While commands run, a fault may last for so long that counts are late. */
  private get isLate(): boolean {
    return performance.now() - this.begun > 30_000;
  }

  /** From the start until now these problems were there, be it for a moment, and no others. */
  private saw(codes: readonly ProblemCode[], first: readonly ProblemCode[] = []): void {
    const other = this.isLate ? [...first, 'FC-OVERDUE'] : first;
    const seen = this.witness.codes.filter((code) => codes.includes(code) || !other.includes(code));
    expect(seen, 'problems that were there for a while').toEqual(codes.toSorted());
  }

  /** Reads and rows have what users counted. */
  async hasExactly(lost = 0n): Promise<void> {
    const { counters } = this.operated;
    await counters.flush();
    const expected = [...this.traffic.expected];
    const names = expected.map(([name]) => name);
    const values = expected.map(([, value]) => BigInt(value) - lost);
    expect(await counters.getCounts(names, { bigint: true })).toEqual(values);
    const rows = await rowsOf(this.operated);
    expect(names.map((name) => rows.get(name) ?? 0n)).toEqual(values);
  }

  private async looksLike(row: Row, timeout = 45_000): Promise<void> {
    const codes = row.codes.toSorted();
    if (process.env.ON_CALL_DEBUG)
      console.log(Object.fromEntries(this.witness.texts), this.operated.log.slice(this.logged));
    const up = { counting: 'up', persisting: 'up', intact: 'up' };
    await expect
      .poll(() => shown(this.operated), { timeout, interval: 250, message: 'what is shown' })
      .toEqual({
        status: codes,
        dashboard: [row.verdict, ...codes],
        metrics: codes,
        fails: (row.fails ?? []).toSorted(),
        health: { ...up, ...row.health },
      });
  }
}

async function rowsOf({ databaseUrl, namespace }: Operated): Promise<Map<string, bigint>> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; value: string }>(
      'SELECT name, value::text AS value FROM fast_counter WHERE namespace = $1',
      [namespace],
    );
    return new Map(rows.map(({ name, value }) => [name, BigInt(value)]));
  } finally {
    await client.end();
  }
}
