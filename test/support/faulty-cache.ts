import { setTimeout as sleep } from 'node:timers/promises';
import type { AddAnswer, AddRequest, Operation } from '../../lib/cache/counter-cache.js';
import { MemoryCounterCache } from '../../lib/cache/memory/memory-counter-cache.js';
import { CacheUnavailableError } from '../../lib/errors.js';

/** What happens to an `add` call on its way; `run` is the call itself. */
export type Fault = (run: () => Promise<AddAnswer>) => Promise<AddAnswer>;

/** The call is applied, its answer never comes. */
export const lostAnswer: Fault = async (run) => {
  await run();
  throw new CacheUnavailableError('the answer was lost');
};

/** Neither call nor answer arrives, and nobody can tell. */
export const lostCall: Fault = () => Promise.reject(new CacheUnavailableError('the call was lost'));

/** The cache says that it did nothing. */
export const refused: Fault = () =>
  Promise.reject(new CacheUnavailableError('refused', { mayHaveRun: false }));

/** The cache in this process, with an unreliable connection to its `add` step. */
export class FaultyCache extends MemoryCounterCache {
  /** Whether it says that calls of several partitions cost as one. */
  addsTogether = false;
  /** The calls that came, as they came. */
  readonly calls: AddRequest[] = [];
  /** For the next calls, one each. */
  readonly faults: Fault[] = [];
  private gate: Promise<unknown> = Promise.resolve();
  private open: () => void = () => undefined;

  override async add(partition: number, request: AddRequest): Promise<AddAnswer> {
    this.calls.push(request);
    const fault = this.faults.shift();
    await this.gate;
    const run = () => super.add(partition, request);
    return fault === undefined ? run() : fault(run);
  }

  /** Holds back the calls that come from now on. */
  holdBack(): void {
    this.gate = new Promise((resolve) => {
      this.open = () => resolve(undefined);
    });
  }

  release(): void {
    this.open();
    this.gate = Promise.resolve();
  }

  /** Resolves when so many calls have come. */
  async called(times: number): Promise<void> {
    while (this.calls.length < times) await sleep(1);
  }

  /** The operations of the calls that came, each call under its seq once. */
  sent(): (readonly Operation[])[] {
    const bySeq = new Map(this.calls.map(({ seq, operations }) => [seq, operations]));
    return [...bySeq.values()];
  }
}
