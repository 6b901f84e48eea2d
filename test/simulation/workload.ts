import type { CounterIncrement } from '../../lib/input/counter.types.js';
import { delta, DIGITS } from './digits.js';
import type { Invocation } from './history.js';
import { countOnce, takeBack } from './once-client.js';
import { decideParcels } from './operator.js';
import type { SimulatedProcess } from './simulated-process.js';
import { transact } from './transacting-client.js';
import type { World } from './world.js';

/** Counters that only grow; they share two partitions. */
export const GROWING = ['views', 'likes', 'stars', 'orders'];
/** Counter that grows and is reset all the time. */
export const RESET = 'quota';

/** How often clients make each call. */
const WEIGHTS = {
  incr: 10,
  /** With an idempotency key. */
  keyed: 3,
  /** With a key that was sent before. */
  again: 2,
  incrMany: 2,
  incrAndGet: 3,
  getCount: 4,
  getCounts: 2,
  reset: 1,
  once: 4,
  undo: 1,
  transact: 3,
  flush: 1,
  decide: 1,
};

interface Counted {
  counter: string;
  digit: number;
  argument: Required<Pick<CounterIncrement, 'name' | 'delta' | 'updateInterval'>> & {
    idempotencyKey?: string;
  };
}

/** Calls of many clients, at random times, to whichever process is there. */
export class Workload {
  private readonly used = new Map<string, number>();
  /** Increments with an idempotency key that were sent before. */
  private readonly keyed: Counted[] = [];

  constructor(private readonly world: World) {}

  /** Plans the calls of one run, in bursts. */
  schedule(): void {
    const { settings, stage } = this.world;
    const { random } = stage;
    const bursts = Array.from({ length: random.whole(1, 6) }, () => random.next() * settings.span);
    for (let i = 0; i < settings.calls; i++) {
      this.callIn(Math.min(random.pick(bursts) + random.exponential(20), settings.span - 2));
    }
  }

  private callIn(delay: number): void {
    const { stage } = this.world;
    stage.time.after(
      delay,
      () => {
        const { ready } = this.world;
        if (ready.length === 0) return;
        const process = stage.random.pick(ready);
        stage.time.after(0, () => this.call(process), process);
      },
      undefined,
    );
  }

  private call(process: SimulatedProcess): void {
    if (!process.ready) return;
    const { random } = this.world.stage;
    const calls: Record<keyof typeof WEIGHTS, () => void> = {
      incr: () => this.incr(process, this.next(random.pick([...GROWING, RESET]))),
      keyed: () => this.incrKeyed(process),
      again: () => {
        if (this.keyed.length > 0) this.incr(process, random.pick(this.keyed));
      },
      incrMany: () => this.incrMany(process),
      incrAndGet: () => this.incrAndGet(process, this.next(random.pick(GROWING))),
      getCount: () => this.getCounts(process, [random.pick(GROWING)]),
      getCounts: () => this.getCounts(process, GROWING),
      reset: () => this.reset(process),
      once: () => countOnce(this.world, process),
      undo: () => takeBack(this.world, process),
      transact: () => transact(this.world, process),
      flush: () => this.world.history.record(process, 'flush()', () => process.service.flush()),
      decide: () => decideParcels(this.world, process),
    };
    calls[random.weighted(WEIGHTS)]();
  }

  /** An increment that nothing else adds up to; none when the counter has no digit left. */
  next(counter: string): Counted | undefined {
    const { random } = this.world.stage;
    const digit = this.used.get(counter) ?? 0;
    if (digit === DIGITS) return undefined;
    this.used.set(counter, digit + 1);
    const updateInterval = random.pick(this.world.settings.intervals);
    return { counter, digit, argument: { name: counter, delta: delta(digit), updateInterval } };
  }

  incr(process: SimulatedProcess, counted: Counted | undefined): void {
    if (counted === undefined) return;
    const { name, delta: added, ...options } = counted.argument;
    const { history } = this.world;
    const promised = this.promise(counted);
    const invocation = history.record(
      process,
      `incr(${describe(counted)})`,
      () => process.service.incr(name, added, options),
      promised,
    );
    this.count(counted, invocation);
  }

  private incrKeyed(process: SimulatedProcess): void {
    const counted = this.next(this.world.stage.random.pick(GROWING));
    if (counted === undefined) return;
    counted.argument.idempotencyKey = `key-${counted.digit}`;
    this.keyed.push(counted);
    this.incr(process, counted);
  }

  private incrMany(process: SimulatedProcess): void {
    const { random } = this.world.stage;
    const many = GROWING.filter(() => random.chance(0.7)).flatMap((name) => this.next(name) ?? []);
    const invocation = this.world.history.record(
      process,
      `incrMany(${many.map(describe).join('; ')})`,
      () => process.service.incrMany(many.map(({ argument }) => argument)),
      (settled) => {
        // it tells of the first failure only: what was full was full before anything was counted
        if (settled.outcome === 'refused' && !isNothingCounted(settled.error)) {
          settled.outcome = 'unknown';
        }
      },
    );
    for (const counted of many) this.count(counted, invocation);
  }

  private incrAndGet(process: SimulatedProcess, counted: Counted | undefined): void {
    if (counted === undefined) return;
    const { name, delta: added, ...options } = counted.argument;
    const { counter, digit } = counted;
    const { history } = this.world;
    const invocation = history.record(
      process,
      `incrAndGet(${describe(counted)})`,
      () => process.service.incrAndGet(name, added, { ...options, bigint: true }),
      (settled, value) => {
        if (value === undefined) return;
        history.readings.push({ counter, value, own: digit, invocation: settled });
      },
    );
    this.count(counted, invocation);
  }

  private getCounts(process: SimulatedProcess, names: readonly string[]): void {
    const { history } = this.world;
    history.record(
      process,
      `getCounts(${names.join()})`,
      () => process.service.getCounts(names, { bigint: true }),
      (invocation, values) => {
        values?.forEach((value, index) => {
          history.readings.push({ counter: names[index] ?? '', value, invocation });
        });
      },
    );
  }

  private reset(process: SimulatedProcess): void {
    const { history } = this.world;
    const reset: { counter: string; value?: bigint } = { counter: RESET };
    history.resets.push(reset);
    history.record(
      process,
      `reset(${RESET})`,
      () => process.service.reset(RESET, { bigint: true }),
      ({ outcome }, value) => {
        // one that was refused took nothing
        reset.value = outcome === 'refused' ? 0n : value;
      },
    );
  }

  private count({ counter, digit }: Counted, invocation: Invocation): void {
    this.world.history.increments.push({ counter, digit, invocation });
  }

  /** In a run without faults: it is in the database when its interval, a tick and some work passed. */
  private promise({ counter, digit, argument }: Counted): (invocation: Invocation) => void {
    const { stage, settings, database } = this.world;
    if (!settings.faultless || counter === RESET) return () => undefined;
    return ({ text, outcome }) => {
      if (outcome !== 'acknowledged') return;
      const due = argument.updateInterval + settings.timings.tick + LATENCY;
      stage.time.after(
        due,
        () => {
          const digits = (database.value(counter) ?? 0n) / delta(digit);
          if (digits % 4n !== 0n) return;
          stage.time.fail(new Error(`${text} was not in the database ${due} ms later`));
        },
        undefined,
      );
    };
  }
}

/** For a job, a claim, a transaction behind others. */
const LATENCY = 40;

function isNothingCounted(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'BACKPRESSURE' || code === 'INVALID_ARGUMENT' || code === 'SHUT_DOWN';
}

function describe({ counter, digit, argument }: Counted): string {
  const { updateInterval, idempotencyKey } = argument;
  const key = idempotencyKey === undefined ? '' : `, ${idempotencyKey}`;
  return `${counter}, 4^${digit}, every ${updateInterval}${key}`;
}
