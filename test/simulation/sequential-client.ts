import { CounterOverflowError } from '../../lib/errors.js';
import { INT64_MAX, INT64_MIN } from '../../lib/words/int64.js';
import type { Invocation } from './history.js';
import { type Effect, PossibleValues } from './possible-values.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

/** Calls of unknown outcome after which it stops: too much would be possible. */
const UNKNOWN = 4;

const WEIGHTS = { incr: 4, incrAndGet: 3, tryIncr: 3, set: 2, reset: 2, delete: 1, getCount: 3 };

interface Call {
  text: string;
  effect?: Effect;
  call: (process: SimulatedProcess) => Promise<unknown>;
  /** Whether the answer agrees with the value before and after. */
  allows?: (answer: unknown, before: bigint, after: bigint) => boolean;
  /** Whether it may answer false, and leave the value as it is. */
  mayDecline?: (value: bigint) => boolean;
}

/** The only client of a counter, one call after the other: it knows what each of them must answer. */
export class SequentialClient {
  readonly violations: string[] = [];
  private readonly possible = new PossibleValues();
  private left: number;
  /** To learn that the process of the call is gone. */
  private current?: { process: SimulatedProcess; hook: () => void };

  constructor(
    private readonly world: World,
    readonly counter: string,
    /** Near the ends of the 64-bit range. */
    private readonly isHuge: boolean,
  ) {
    this.left = world.stage.random.whole(3, 15);
  }

  start(): void {
    const { stage, settings } = this.world;
    const delay = stage.random.next() * settings.span * 0.7;
    stage.time.after(delay, () => this.next(), undefined);
  }

  /** Everything is drained: compares with the row, and forgets what it was. */
  check(): string[] {
    const row = this.world.database.value(this.counter);
    if (this.violations.length > 0) return this.violations;
    if (this.possible.allowsRow(row)) return [];
    return [`${this.counter} is ${row ?? 'none'}, only possible: ${String(this.possible)}`];
  }

  stop(): void {
    this.left = 0;
  }

  private next(): void {
    const { stage, ready } = this.world;
    if (this.left-- <= 0 || this.possible.unknown >= UNKNOWN || ready.length === 0) return;
    const process = stage.random.pick(ready);
    stage.time.after(0, () => this.run(process, this.draw()), process);
    // a process that died before it could begin
    this.onceGone(process, () => {
      stage.time.after(1, () => this.next(), undefined);
    });
  }

  private draw(): Call {
    const { counter } = this;
    const { random } = this.world.stage;
    const bigint = true as const;
    const adds = this.drawDelta();
    const value = this.drawValue();
    const calls = {
      incr: (): Call => ({
        text: `incr(${counter}, ${adds})`,
        effect: { adds },
        call: ({ service }) => service.incr(counter, adds),
      }),
      incrAndGet: (): Call => ({
        text: `incrAndGet(${counter}, ${adds})`,
        effect: { adds },
        call: ({ service }) => service.incrAndGet(counter, adds, { bigint }),
        allows: (answer, _, after) => answer === after,
      }),
      tryIncr: (): Call => ({
        text: `tryIncr(${counter}, ${adds}, at most ${value})`,
        effect: { adds },
        call: ({ service }) => service.tryIncr(counter, adds, { max: value }),
        allows: (answer, _, after) => answer === true && after <= value,
        // nothing stays within a bound that leaves the 64-bit range
        mayDecline: (before) => before + adds > value || !fits(before + adds),
      }),
      set: (): Call => ({
        text: `set(${counter}, ${value})`,
        effect: { becomes: value },
        call: ({ service }) => service.set(counter, value),
      }),
      reset: (): Call => ({
        text: `reset(${counter})`,
        effect: { becomes: 0n },
        call: ({ service }) => service.reset(counter, { bigint }),
        allows: (answer, before) => answer === before,
      }),
      delete: (): Call => ({
        text: `delete(${counter})`,
        effect: { becomes: 0n, removes: true },
        call: ({ service }) => service.delete(counter),
      }),
      getCount: (): Call => ({
        text: `getCount(${counter})`,
        call: ({ service }) => service.getCount(counter, { bigint }),
        allows: (answer, before) => answer === before,
      }),
    };
    return calls[random.weighted(WEIGHTS)]();
  }

  private run(process: SimulatedProcess, call: Call): void {
    const { history, stage } = this.world;
    let over = false;
    const end = (): void => {
      over = true;
      stage.time.after(stage.random.exponential(30), () => this.next(), undefined);
    };
    this.onceGone(process, () => {
      if (over) return;
      if (call.effect !== undefined) this.possible.mayBeApplied(call.effect);
      end();
    });
    const settled = (invocation: Invocation, answer?: unknown): void => {
      if (!this.isPossible(invocation, call, answer)) {
        this.violations.push(
          `${call.text} of ${process.name} was ${invocation.outcome ?? ''}: ${String(answer)}, which was not possible`,
        );
      }
      end();
    };
    history.record(process, call.text, () => call.call(process), settled);
  }

  private isPossible(
    { outcome, error }: Invocation,
    { effect, allows = () => true, mayDecline = () => false }: Call,
    answer: unknown,
  ): boolean {
    const { possible } = this;
    if (outcome === 'unknown') {
      if (effect !== undefined) possible.mayBeApplied(effect);
      return true;
    }
    if (outcome === 'refused') {
      if (!(error instanceof CounterOverflowError)) return possible.seen(() => true);
      return possible.seen((value) => !fits(value + (effect?.adds ?? 0n)) || this.isHuge);
    }
    if (answer === false) return possible.seen(mayDecline);
    if (effect === undefined) return possible.seen((value) => allows(answer, value, value));
    return possible.applied(effect, (before, after) => allows(answer, before, after));
  }

  /** Runs if the process ends before the next call of this. */
  private onceGone(process: SimulatedProcess, hook: () => void): void {
    if (this.current !== undefined) this.current.process.onEnd.delete(this.current.hook);
    this.current = { process, hook };
    process.onEnd.add(hook);
  }

  private drawDelta(): bigint {
    const { random } = this.world.stage;
    if (this.isHuge) return random.pick([1n, -1n, 2n ** 61n, -(2n ** 61n), 2n ** 62n, INT64_MAX]);
    return BigInt(random.pick([random.whole(1, 60), -random.whole(1, 20)]));
  }

  private drawValue(): bigint {
    const { random } = this.world.stage;
    if (this.isHuge) return random.pick([INT64_MAX, INT64_MIN, INT64_MAX - 1n, 2n ** 61n, 0n]);
    return BigInt(random.whole(-5, 500));
  }
}

function fits(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}
