import type { AddAnswer, AddRequest } from '../counter-cache.js';
import type { PartitionScripts, RedisNamespace } from './partition-scripts.js';
import { PlainPartitions } from './plain-partitions.js';
import { RunCalls } from './run-calls.js';
import { parseAdd, parseRun } from './protocol/replies.js';
import { addArguments } from './protocol/requests.js';
import { runArguments } from './protocol/runs.js';

/** Adds by the script that costs least: plain increments together, see `add-run.lua`, and all else one by one. */
export class Adding {
  private readonly plain = new PlainPartitions();
  private readonly runs: RunCalls;

  constructor(
    private readonly scripts: PartitionScripts,
    private readonly kept: RedisNamespace,
  ) {
    this.runs = new RunCalls(scripts, String(kept.timings.tick));
  }

  /** Whether runs of several partitions go together. */
  get together(): boolean {
    return this.runs.together;
  }

  async add(partition: number, request: AddRequest): Promise<AddAnswer> {
    return (await this.addRun(partition, request)) ?? (await this.addEach(partition, request));
  }

  /** Undefined where the request is no run, or the partition does not take one: then nothing is applied. */
  private async addRun(partition: number, request: AddRequest): Promise<AddAnswer | undefined> {
    if (!this.plain.mayTake(partition)) return undefined;
    const args = runArguments(request, this.kept.settings);
    if (args === undefined) return undefined;
    const answer = parseRun(await this.runs.run(partition, args));
    if (answer === undefined) this.plain.refused(partition);
    else this.plain.took(partition);
    return answer;
  }

  private async addEach(partition: number, request: AddRequest): Promise<AddAnswer> {
    const args = addArguments(request, this.kept.settings, this.kept.timings);
    return parseAdd(await this.scripts.run('add', partition, args));
  }
}
