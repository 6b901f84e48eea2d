import type {
  AckRequest,
  AddAnswer,
  AddRequest,
  AskedKey,
  Batch,
  ClaimAnswer,
  ClaimRequest,
  CounterCache,
  Fill,
  FoundKey,
  Hastened,
  HeldBatch,
  LedgerPosition,
  Look,
  Moved,
  MoveRequest,
  PartitionHealth,
  Refreshed,
  StoreProblem,
  WaitingNames,
  WaitingPage,
  Wake,
} from '../counter-cache.js';
import type { ChangedEntry, Parcel, ParcelPage, Replay, SeenEntry } from '../parcels.js';
import { Adding } from './adding.js';
import { writeSettings } from '../shared-settings.js';
import { parseClaim, parseHealth, parseLook, parseWake } from './protocol/replies.js';
import { acknowledgeArguments, fillArguments } from './protocol/requests.js';
import { hastenArguments, parcelArguments, seenArguments } from './protocol/requests.js';
import { keyArguments, moveArguments, parseKey, parseMove } from './protocol/moving.js';
import {
  parseChanged,
  parseParcelPage,
  parseParcels,
  parseReplay,
} from './protocol/parcel-replies.js';
import { parseRefreshed, refreshArguments } from './protocol/refreshed.js';
import { parseWaiting, waitingArguments } from './protocol/waiting.js';
import { NamespaceSteps } from './namespace-steps.js';
import type { DurableConnections } from './durability.js';
import { inspectServer } from './fitness/inspect-server.js';
import { type RedisNamespace, PartitionScripts } from './partition-scripts.js';
import type { ScriptClient } from './clients/script-client.js';
import { findRefusal, takeStepsIn } from './fitness/trial.js';
import type { ScriptName } from './scripts/scripts.js';

export class RedisCounterCache extends NamespaceSteps implements CounterCache {
  private readonly adding: Adding;

  constructor(
    private readonly client: ScriptClient,
    private readonly kept: RedisNamespace,
    /** Where claims must be durable. */
    private readonly durable?: DurableConnections,
  ) {
    super(new PartitionScripts(client, kept));
    this.adding = new Adding(this.scripts, kept);
  }

  get addsTogether(): boolean {
    return this.adding.together;
  }

  add(partition: number, request: AddRequest): Promise<AddAnswer> {
    return this.adding.add(partition, request);
  }

  claim(
    partition: number,
    { limit, nonce, holder, wake = '' }: ClaimRequest,
  ): Promise<ClaimAnswer> {
    const args = [String(limit), nonce, holder, String(this.kept.timings.lease), wake];
    const claim = async (client: ScriptClient): Promise<ClaimAnswer> =>
      parseClaim(await this.run('claim', partition, args, client));
    if (this.durable === undefined) return claim(this.client);
    const giveUp = ({ nonce }: Batch): Promise<void> => this.hold(partition, { nonce, holder }, 0);
    return this.durable.claim(partition, this.scripts.keysOf(partition)[0], claim, giveUp);
  }

  async hold(partition: number, { nonce, holder }: HeldBatch, milliseconds: number): Promise<void> {
    await this.run('hold', partition, [nonce, holder, String(milliseconds)]);
  }

  async acknowledge(partition: number, request: AckRequest): Promise<void> {
    await this.run('acknowledge', partition, acknowledgeArguments(request));
  }

  async move(partition: number, request: MoveRequest): Promise<Moved | undefined> {
    return parseMove(await this.run('move', partition, moveArguments(request)));
  }

  async knownKey(
    partition: number,
    counters: readonly string[],
    key: AskedKey,
  ): Promise<FoundKey | undefined> {
    return parseKey(await this.run('known-key', partition, keyArguments(counters, key)));
  }

  async park(
    partition: number,
    nonce: string | undefined,
    ledgerSeq: number,
    generation: string,
  ): Promise<boolean> {
    return (await this.run('park', partition, [nonce ?? '', String(ledgerSeq), generation])) === 1;
  }

  async reserve(
    partition: number,
    { seq, nonce }: LedgerPosition,
    generation: string,
  ): Promise<string | undefined> {
    const reserved = await this.run('reserve', partition, [String(seq + 1), generation, nonce]);
    return reserved === '' ? undefined : String(reserved);
  }

  async seed(partition: number, generation: string): Promise<boolean> {
    const settings = writeSettings(this.kept.settings);
    return (await this.run('seed', partition, [generation, settings])) === 1;
  }

  async reported(partition: number, generation: string): Promise<void> {
    await this.run('loss-reported', partition, [generation]);
  }

  async retire(partition: number, client: string): Promise<void> {
    const { clientTtl, retiredTtl } = this.kept.timings;
    await this.run('retire', partition, [client, String(clientTtl), String(retiredTtl)]);
  }

  async look(partition: number, names: readonly string[]): Promise<Look> {
    return parseLook(await this.run('look', partition, [JSON.stringify(names)]), names.length);
  }

  async fill(partition: number, fill: Fill): Promise<void> {
    await this.run('fill', partition, fillArguments(fill, this.kept.timings));
  }

  async forget(partition: number, applied: number, ledgerSeq: number): Promise<boolean> {
    return (await this.run('forget', partition, [String(applied), String(ledgerSeq)])) === 1;
  }

  async refresh(partition: number, names?: readonly string[], cursor = ''): Promise<Refreshed> {
    return parseRefreshed(await this.run('refresh', partition, refreshArguments(names, cursor)));
  }

  async hasten(partition: number, names: readonly string[] = [], mark?: number): Promise<Hastened> {
    const reply = await this.run('hasten', partition, hastenArguments(names, mark));
    const [at, more, wake] = reply as [string, number, unknown];
    return { mark: Number(at), more: more === 1, wake: parseWake(wake) };
  }

  async flushProgress(
    partition: number,
    mark: number,
    names: readonly string[] = [],
  ): Promise<{ waiting: boolean; batchSeq?: number }> {
    const args = [String(mark), ...names];
    const [waiting, seq] = (await this.run('flush-progress', partition, args)) as [number, string];
    return { waiting: waiting === 1, batchSeq: seq === '' ? undefined : Number(seq) };
  }

  async askedFor(partition: number): Promise<string | undefined> {
    const id = await this.run('asked-wake', partition, []);
    return id === '' ? undefined : String(id);
  }

  async wake(partition: number): Promise<Wake> {
    return parseWake(await this.run('wake', partition, [])) as Wake;
  }

  async sweep(partition: number): Promise<PartitionHealth> {
    const { clientTtl, baseTtl } = this.kept.timings;
    return parseHealth(await this.run('sweep', partition, [String(clientTtl), String(baseTtl)]));
  }

  async waiting(partition: number, which: WaitingNames, cursor = ''): Promise<WaitingPage> {
    const args = waitingArguments(which, cursor);
    return parseWaiting(await this.run('waiting', partition, args), which, cursor);
  }

  async parcels(partition: number): Promise<Parcel[]> {
    return parseParcels(await this.run('list-parcels', partition, []));
  }

  async openParcel(
    partition: number,
    id: string,
    cursor = '0',
    prefix?: string,
  ): Promise<ParcelPage> {
    const args = parcelArguments(id, cursor, prefix);
    return parseParcelPage(await this.run('open-parcel', partition, args));
  }

  async replay(partition: number, id: string, entries: readonly SeenEntry[]): Promise<Replay> {
    return parseReplay(await this.run('replay', partition, seenArguments(id, entries)));
  }

  async discard(
    partition: number,
    id: string,
    entries: readonly SeenEntry[],
  ): Promise<ChangedEntry[]> {
    return parseChanged(await this.run('discard', partition, seenArguments(id, entries)));
  }

  inspect(): Promise<StoreProblem[]> {
    return findRefusal(async () => {
      const info = String(await this.run('inspect', 0, []));
      const problems = inspectServer(info, this.durable?.settings, !this.client.findsServers);
      // a replica or a node of a cluster would say so in ways of its own
      if (!problems.some(({ kind }) => kind === 'unusable')) await this.try();
      return problems;
    });
  }

  /** On every server that has a partition, and nothing stays there. */
  private async try(): Promise<void> {
    const { client, kept } = this;
    // keys of callers expire at once, and leave no list
    const timings = { ...kept.timings, idempotencyTtl: 0, retiredTtl: -1 };
    const trial = new RedisCounterCache(client, { ...kept, timings, beside: 'trial-' });
    const partitions = client.findsServers ? [...trial.scripts.keys.keys()] : [0];
    await takeStepsIn(trial, partitions, (partition) => trial.run('clear', partition, []));
  }

  rest(): void {
    this.client.rest();
  }

  close(): Promise<void> {
    this.client.close();
    this.durable?.close();
    return Promise.resolve();
  }

  private run(
    script: ScriptName,
    partition: number,
    args: string[],
    client = this.client,
  ): Promise<unknown> {
    return this.scripts.run(script, partition, args, { client });
  }
}
