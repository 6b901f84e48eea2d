import { delta, DIGITS } from './digits.js';
import type { Increment, Invocation, Reading } from './history.js';
import type { SimulatedProcess } from './simulated-process.js';
import { countOnce, renameOnce, takeBack } from './once-client.js';
import type { World } from './world.js';

/** What is counted under a name goes on to a later one now and then, in the same partition or in the other one. */
export const NAMES = ['typo', 'slug', 'title', 'name'];
/** Names that something may be moved to. */
const TARGETS = ['title', 'name'];
export const LAST = 'name';

const WEIGHTS = { incr: 6, keyed: 2, again: 2, getCounts: 2 };

/** `counter`: the name under which it was sent. */
export interface RenamedIncrement extends Increment {
  inWindows: boolean;
  isKeyed: boolean;
}

export interface Rename {
  from: readonly string[];
  to: string;
  invocation: Invocation;
}

/** Clients that count under names which others give to another counter meanwhile. */
export class RenamingClient {
  readonly increments: RenamedIncrement[] = [];
  readonly renames: Rename[] = [];
  readonly readings: Reading[] = [];
  private used = 0;

  constructor(private readonly world: World) {}

  /** Most calls are made while something is being moved. */
  start(): void {
    const { stage, settings } = this.world;
    const { random } = stage;
    if (!settings.renames) return;
    const moments = Array.from({ length: random.whole(1, 4) }, () => random.next() * settings.span);
    for (const moment of moments) this.callIn(moment, (process) => this.rename(process));
    for (let calls = random.whole(4, 20); calls > 0; calls--) {
      const moment = random.pick(moments) + random.pick([-1, 1]) * random.exponential(40);
      this.callIn(moment, (process) => this.call(process));
    }
    this.renameOnce();
  }

  /** Keys that were counted under one name are taken back, and counted again, under another one, by several at the same time. */
  private renameOnce(): void {
    const { stage, settings } = this.world;
    const { random } = stage;
    const moment = random.next() * settings.span * 0.5;
    const call = (process: SimulatedProcess): void =>
      random.chance(0.5) ? countOnce(this.world, process) : takeBack(this.world, process);
    for (let calls = 4; calls > 0; calls--) {
      this.callIn(moment - random.next() * 100, (process) => countOnce(this.world, process));
    }
    this.callIn(moment, (process) => renameOnce(this.world, process));
    const later = moment + random.exponential(200);
    for (let calls = random.whole(2, 12); calls > 0; calls--) {
      this.callIn(later + random.exponential(60), call);
    }
  }

  private callIn(delay: number, call: (process: SimulatedProcess) => void): void {
    const { stage, settings } = this.world;
    const made = (): void => {
      const { ready } = this.world;
      if (ready.length === 0) return;
      const process = stage.random.pick(ready);
      const ifReady = (): void => {
        if (process.ready) call(process);
      };
      stage.time.after(0, ifReady, process);
    };
    stage.time.after(Math.min(Math.max(0, delay), settings.span - 2), made, undefined);
  }

  private call(process: SimulatedProcess): void {
    const { random } = this.world.stage;
    const calls: Record<keyof typeof WEIGHTS, () => void> = {
      incr: () => this.count(process, false),
      keyed: () => this.count(process, true),
      again: () => this.again(process),
      getCounts: () => this.getCounts(process),
    };
    calls[random.weighted(WEIGHTS)]();
  }

  private rename(process: SimulatedProcess): void {
    const { random } = this.world.stage;
    // a mark that comes late, or back, could form a circle with later ones
    const isSafe = this.world.settings.faultless;
    const to = random.pick(isSafe ? NAMES : TARGETS);
    const before = isSafe ? NAMES.filter((name) => name !== to) : NAMES.slice(0, NAMES.indexOf(to));
    const first = random.pick(before);
    const from = random.chance(0.7) ? [first] : before;
    const call = (): Promise<void> =>
      from.length === 1 ? process.service.rename(first, to) : process.service.merge(from, to);
    const text = `merge(${from.join()} into ${to})`;
    this.renames.push({ from, to, invocation: this.world.history.record(process, text, call) });
  }

  private count(process: SimulatedProcess, isKeyed: boolean): void {
    const { random } = this.world.stage;
    if (this.used === DIGITS) return;
    const digit = this.used++;
    this.incr(process, random.pick(NAMES), { digit, isKeyed, inWindows: random.chance(0.4) });
  }

  /** Sends a key that was sent before, under a name that knows it by now. */
  private again(process: SimulatedProcess): void {
    const { random } = this.world.stage;
    const keyed = this.increments.filter(({ isKeyed }) => isKeyed);
    if (keyed.length === 0) return;
    const sent = random.pick(keyed);
    const { counter, invocation } = sent;
    const isAlone = keyed.every(
      ({ digit, counter: name }) => digit !== sent.digit || name === counter,
    );
    const renamed = this.renames.filter(
      ({ from, invocation: { begun, outcome } }) =>
        from.includes(counter) && invocation.ended < begun && outcome === 'acknowledged',
    );
    const knows = invocation.outcome === 'acknowledged' && isAlone ? renamed : [];
    this.incr(process, random.pick([counter, ...knows.map(({ to }) => to)]), sent);
  }

  private incr(
    process: SimulatedProcess,
    counter: string,
    { digit, inWindows, isKeyed }: Pick<RenamedIncrement, 'digit' | 'inWindows' | 'isKeyed'>,
  ): void {
    const { history, stage, settings } = this.world;
    const options = {
      updateInterval: stage.random.pick(settings.intervals),
      ...(inWindows && { windows: ['minute'] as const }),
      ...(isKeyed && { idempotencyKey: `key-${digit}` }),
    };
    const text = `incr(${counter}, 4^${digit}, ${JSON.stringify(options)})`;
    const call = (): Promise<void> => process.service.incr(counter, delta(digit), options);
    const invocation = history.record(process, text, call);
    this.increments.push({ counter, digit, inWindows, isKeyed, invocation });
  }

  private getCounts(process: SimulatedProcess): void {
    this.world.history.record(
      process,
      `getCounts(${NAMES.join()})`,
      () => process.service.getCounts(NAMES, { bigint: true }),
      (invocation, values) => {
        values?.forEach((value, index) => {
          this.readings.push({ counter: NAMES[index] ?? '', value, invocation });
        });
      },
    );
  }
}
