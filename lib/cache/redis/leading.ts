import { crossesSlots } from './fitness/refusal.js';
import type { Lead } from '../processes.js';
import type { PartitionScripts } from './partition-scripts.js';
import { parseLead } from './protocol/worker-replies.js';

/** Asks for the lead by one script. Where all partitions are on one server, the script also looks at each of them. */
export class Leading {
  /** Whether the partitions are in several slots of a cluster: no script may look at all of them. */
  private apart = false;

  constructor(private readonly scripts: PartitionScripts) {}

  async lead(process: string, milliseconds: number): Promise<Lead> {
    const args = [process, String(milliseconds)];
    if (this.apart) return this.ask(args, []);
    const { keys } = this.scripts;
    try {
      return await this.ask(args, keys.slice(1).flatMap(lookedAt));
    } catch (error) {
      if (!crossesSlots(error)) throw error;
      this.apart = true;
      return this.ask(args, []);
    }
  }

  private async ask(args: string[], others: string[]): Promise<Lead> {
    const { scripts } = this;
    return parseLead(await scripts.run('lead', 0, args, { others }), scripts.keys.length);
  }
}

/** State, pending counts, open batch and clients. */
const lookedAt = (keys: readonly string[]): string[] =>
  [0, 1, 3, 4].flatMap((place) => keys[place] ?? []);
