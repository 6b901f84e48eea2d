import type { Invocation } from './history.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

const COUNTER = 'ordered';
const WEIGHTS = { incr: 5, incrAndGet: 2, tryIncr: 2, set: 2, reset: 2, delete: 1 };

interface Call {
  text: string;
  make: (process: SimulatedProcess) => Promise<unknown>;
  /** The value after it, and what it answers. */
  takesEffect: (value: bigint) => { after: bigint; answer?: unknown };
  invocation?: Invocation;
  answer?: unknown;
}

/**
 * The only client of a counter, which waits for none of its calls: as long as each outcome is known, they
 * took effect in the order of the calls.
 */
export class OrderedClient {
  private readonly calls: Call[] = [];
  private stopped = false;

  constructor(private readonly world: World) {}

  /** In bursts, from one process. */
  start(): void {
    const { stage, settings, processes } = this.world;
    const process = stage.random.pick(processes);
    for (let burst = stage.random.whole(1, 4); burst > 0; burst--) {
      const delay = stage.random.next() * settings.span * 0.8;
      stage.time.after(delay, () => this.burst(process), process);
    }
  }

  stop(): void {
    this.stopped = true;
  }

  /** Everything is drained. */
  check(): string[] {
    let value = 0n;
    for (const { text, takesEffect, invocation, answer: told } of this.calls) {
      const outcome = invocation?.outcome;
      if (outcome === undefined || outcome === 'unknown') return [];
      if (outcome === 'refused') continue;
      const { after, answer } = takesEffect(value);
      if (answer !== told) return [`${text} answered ${String(told)}, in order ${String(answer)}`];
      value = after;
    }
    const row = this.world.database.value(COUNTER) ?? 0n;
    if (row === value) return [];
    return [`${COUNTER} is ${row}, and ${value} by the order of its calls`];
  }

  private burst(process: SimulatedProcess): void {
    const { history, stage } = this.world;
    for (let calls = stage.random.whole(2, 8); calls > 0; calls--) {
      if (this.stopped || !process.ready) return;
      const call = this.draw();
      this.calls.push(call);
      call.invocation = history.record(
        process,
        call.text,
        () => call.make(process),
        (_, answer) => (call.answer = answer),
      );
    }
  }

  private draw(): Call {
    const { random } = this.world.stage;
    const delta = BigInt(random.whole(1, 9));
    const bound = BigInt(random.whole(0, 60));
    const bigint = true as const;
    const added = (value: bigint): bigint => value + delta;
    const calls = {
      incr: (): Call => ({
        text: `incr(${COUNTER}, ${delta})`,
        make: ({ service }) => service.incr(COUNTER, delta),
        takesEffect: (value) => ({ after: added(value) }),
      }),
      incrAndGet: (): Call => ({
        text: `incrAndGet(${COUNTER}, ${delta})`,
        make: ({ service }) => service.incrAndGet(COUNTER, delta, { bigint }),
        takesEffect: (value) => ({ after: added(value), answer: added(value) }),
      }),
      tryIncr: (): Call => ({
        text: `tryIncr(${COUNTER}, ${delta}, at most ${bound})`,
        make: ({ service }) => service.tryIncr(COUNTER, delta, { max: bound }),
        takesEffect: (value) => {
          const answer = added(value) <= bound;
          return { after: answer ? added(value) : value, answer };
        },
      }),
      set: (): Call => ({
        text: `set(${COUNTER}, ${bound})`,
        make: ({ service }) => service.set(COUNTER, bound),
        takesEffect: () => ({ after: bound }),
      }),
      reset: (): Call => ({
        text: `reset(${COUNTER})`,
        make: ({ service }) => service.reset(COUNTER, { bigint }),
        takesEffect: (value) => ({ after: 0n, answer: value }),
      }),
      delete: (): Call => ({
        text: `delete(${COUNTER})`,
        make: ({ service }) => service.delete(COUNTER),
        takesEffect: () => ({ after: 0n }),
      }),
    };
    return calls[random.weighted(WEIGHTS)]();
  }
}
