import { ProtocolMismatchError } from '../../mismatch-errors.js';
import type { CacheTimings } from '../cache-timings.js';
import type { SharedSettings } from '../shared-settings.js';
import { type PartitionKeys, partitionKeys } from './protocol/partition-keys.js';
import type { ScriptClient } from './clients/script-client.js';
import { loadScripts, type ScriptName } from './scripts/scripts.js';
import { isUpgradable, upgrade } from './protocol/upgrade.js';

/** How a namespace is kept in Redis. */
export interface RedisNamespace {
  namespace: string;
  settings: SharedSettings;
  timings: CacheTimings;
  /** Of partitions beside the real ones, on the same servers: put in front of what the keys are called. */
  beside?: string;
}

/** How many keys of a partition `add-run.lua` gets: a call costs more with each. */
const FIRST_KEYS = 3;

/** Runs scripts on the keys of partitions. */
export class PartitionScripts {
  /** By partition. */
  readonly keys: readonly PartitionKeys[];
  private readonly firstKeys: readonly string[][];
  private readonly scripts = loadScripts();
  /** By partition: it is being taken over from version 0.1. */
  private readonly upgrades = new Map<number, Promise<boolean>>();

  constructor(
    private readonly client: ScriptClient,
    private readonly kept: RedisNamespace,
  ) {
    const { namespace, settings, beside } = kept;
    this.keys = Array.from({ length: settings.queues }, (_, partition) =>
      partitionKeys(namespace, partition, beside),
    );
    this.firstKeys = this.keys.map((keys) => keys.slice(0, FIRST_KEYS));
  }

  /**
   * `others` are keys behind those of the partition. Rejects with `ProtocolMismatchError` where another version left the partition,
   * unless that can be taken over.
   */
  async run(
    script: ScriptName,
    partition: number,
    args: string[],
    { client = this.client, others }: { client?: ScriptClient; others?: string[] } = {},
  ): Promise<unknown> {
    const { [script]: asked } = this.scripts;
    const keys = this.keysOf(partition);
    const given = others === undefined ? keys : [...keys, ...others];
    const send = (): Promise<unknown> => client.run(asked, given, args);
    let reply = await send();
    // the script has done nothing
    if (isUpgradable(otherProtocol(reply)) && (await this.upgrade(partition))) reply = await send();
    const protocol = otherProtocol(reply);
    if (protocol !== undefined) throw new ProtocolMismatchError(this.kept.namespace, protocol);
    return reply;
  }

  /** Runs a script that gets the first keys of one partition, or of several where one server has all. */
  runOn(
    partitions: readonly number[],
    script: 'add-run' | 'add-runs',
    args: string[],
  ): Promise<unknown> {
    const keys = partitions.flatMap((partition) => this.firstKeys[partition] ?? []);
    // While a slot of a cluster is being moved, a server answers `TRYAGAIN` to a script with a key that never exists, as it
    // does to all other scripts. Without that key the script would run, and add to a list of what is due on the wrong server.
    if (this.isCluster) keys.push(`${keys[0] ?? ''}:none`);
    return this.client.run(this.scripts[script], keys, args);
  }

  /** Whether partitions may be on different servers. */
  get isCluster(): boolean {
    return this.client.isCluster;
  }

  private upgrade(partition: number): Promise<boolean> {
    const underWay = this.upgrades.get(partition);
    if (underWay !== undefined) return underWay;
    const { client, scripts } = this;
    const { settings, timings } = this.kept;
    const run = (args: string[]): Promise<unknown> =>
      client.run(scripts.upgrade, this.keysOf(partition), args);
    const upgraded = upgrade(run, settings, timings.idempotencyTtl).finally(() => {
      this.upgrades.delete(partition);
    });
    this.upgrades.set(partition, upgraded);
    return upgraded;
  }

  keysOf(partition: number): PartitionKeys {
    const keys = this.keys[partition];
    if (keys === undefined) throw new RangeError(`There is no partition ${partition}`);
    return keys;
  }
}

/** What the partition is held by, where a script answers that; null where it says nothing of it. */
const otherProtocol = (reply: unknown): unknown =>
  Array.isArray(reply) && reply[0] === 'protocol' ? ((reply[1] as unknown) ?? null) : undefined;
