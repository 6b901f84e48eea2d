import { crossesSlots } from './fitness/refusal.js';
import type { PartitionScripts } from './partition-scripts.js';

/** What one partition is to add, and who waits for its answer. */
interface Part {
  args: string[];
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Calls `add-run.lua`. Where one server has all partitions, what is to be added in one turn of the event loop goes in one call:
 * a call costs more than what is in it.
 */
export class RunCalls {
  /** By partition, until the queue of microtasks is empty. */
  private gathered = new Map<number, Part>();
  private areApart = false;

  constructor(
    private readonly scripts: PartitionScripts,
    private readonly tick: string,
  ) {}

  /** Whether runs of several partitions go together. */
  get together(): boolean {
    return !this.areApart && !this.scripts.isCluster;
  }

  /** What the script answers about this partition. */
  run(partition: number, args: string[]): Promise<unknown> {
    if (!this.together) return this.call('add-run', [partition], args);
    if (this.gathered.has(partition)) this.send();
    if (this.gathered.size === 0) process.nextTick(() => this.send());
    return new Promise((resolve, reject) => {
      this.gathered.set(partition, { args, resolve, reject });
    });
  }

  private send(): void {
    const parts = this.gathered;
    if (parts.size === 0) return;
    this.gathered = new Map();
    if (parts.size === 1) this.sendEach(parts);
    else void this.sendTogether(parts);
  }

  private sendEach(parts: ReadonlyMap<number, Part>): void {
    for (const [partition, { args, resolve, reject }] of parts) {
      this.call('add-run', [partition], args).then(resolve, reject);
    }
  }

  private async sendTogether(parts: ReadonlyMap<number, Part>): Promise<void> {
    const args = [...parts.values()].flatMap(({ args }) => args);
    try {
      const reply = await this.call('add-runs', [...parts.keys()], args);
      let index = 0;
      for (const { resolve } of parts.values()) {
        resolve(Array.isArray(reply) ? reply[index++] : reply);
      }
    } catch (error) {
      // a cluster of one node has refused the call, and done nothing: the keys of each partition are in a slot of their own
      if (crossesSlots(error)) {
        this.areApart = true;
        this.sendEach(parts);
      } else for (const { reject } of parts.values()) reject(error);
    }
  }

  private call(
    script: 'add-run' | 'add-runs',
    partitions: readonly number[],
    args: string[],
  ): Promise<unknown> {
    args.unshift(this.tick);
    return this.scripts.runOn(partitions, script, args);
  }
}
