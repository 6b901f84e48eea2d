import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type {
  AddAnswer,
  Batch,
  CachedParts,
  ClaimRequest,
  CounterCache,
  Look,
  Operation,
  Outcome,
} from '../../lib/cache/counter-cache.js';

export const MAX = 2n ** 63n - 1n;
export const MIN = -(2n ** 63n);
/** An interval that does not pass while a test runs. */
export const LATER = 600_000;

export type Applied = Extract<AddAnswer, { status: 'applied' }>;

type Settings = Partial<
  Pick<Operation, 'interval' | 'idempotencyKey' | 'once' | 'row' | 'buckets' | 'bounds'>
>;

function operation(
  kind: Operation['kind'],
  name: string,
  value: number | bigint,
  { interval = 0, ...settings }: Settings,
): Operation {
  return { kind, name, value: String(value), interval, total: false, ...settings };
}

export const add = (name: string, delta: number | bigint = 1, settings: Settings = {}): Operation =>
  operation('add', name, delta, settings);

export const addAndTotal = (
  name: string,
  delta: number | bigint = 1,
  settings: Settings = {},
): Operation => ({ ...operation('add', name, delta, settings), total: true });

export const set = (name: string, value: number | bigint, settings: Settings = {}): Operation =>
  operation('set', name, value, settings);

export const remove = (name: string, settings: Settings = {}): Operation =>
  operation('delete', name, 0, settings);

/** Adds once under a key. */
export const addOnce = (
  name: string,
  key: string,
  delta: number | bigint = 1,
  { within = LATER, ...settings }: Settings & { within?: number } = {},
): Operation => add(name, delta, { once: { key, within }, ...settings });

/** Takes that back. */
export const undo = (name: string, key: string): Operation =>
  operation('undo', name, 0, { once: { key } });

/** One who sends to a partition, as a process does: under one name, seq after seq. */
export class Sender {
  readonly client = randomUUID();
  private seq = 0;

  constructor(
    private readonly cache: CounterCache,
    private readonly partition: number,
    public generation: string,
  ) {}

  /** Sends under the next seq; fails unless it is applied. */
  async apply(...operations: Operation[]): Promise<Applied> {
    const answer = await this.send(++this.seq, ...operations);
    expect(answer.status).toBe('applied');
    return answer as Applied;
  }

  /** Applies one operation and answers what became of it. */
  async outcome(sent: Operation): Promise<Outcome | undefined> {
    return (await this.apply(sent)).outcomes.get(0);
  }

  send(seq: number, ...operations: Operation[]): Promise<AddAnswer> {
    const { client, generation } = this;
    const distinct = new Set(operations.map(({ name }) => name)).size === operations.length;
    return this.cache.add(this.partition, { client, seq, generation, operations, distinct });
  }
}

/** Reserves and seeds; false when the partition has a fence. */
export async function seed(
  cache: CounterCache,
  seq: number,
  generation: string,
  index = 0,
): Promise<boolean> {
  const reserved = await cache.reserve(index, { seq: seq - 1, nonce: '' }, generation);
  return reserved !== undefined && cache.seed(index, reserved);
}

/** A partition of a cache, and the few steps that most tests begin with. */
export class Partition {
  readonly sender: Sender;

  constructor(
    readonly cache: CounterCache,
    readonly index: number,
    public generation: string,
  ) {
    this.sender = new Sender(cache, index, generation);
  }

  static async seeded(cache: CounterCache, index = 0): Promise<Partition> {
    expect(await seed(cache, 1, randomUUID(), index)).toBe(true);
    const { generation = '' } = await cache.look(index, []);
    return new Partition(cache, index, generation);
  }

  anotherSender(): Sender {
    return new Sender(this.cache, this.index, this.generation);
  }

  /** Sends into the generation that the partition is in now. */
  async join(): Promise<void> {
    const { generation = '' } = await this.state();
    this.generation = generation;
    this.sender.generation = generation;
  }

  /** Fence, generation and open batch. */
  async state(): Promise<Omit<Look, 'parts'>> {
    const { fence, generation, batchSeq } = await this.cache.look(this.index, ['any']);
    return { fence, generation, batchSeq };
  }

  async parts(name: string): Promise<CachedParts> {
    const { parts } = await this.cache.look(this.index, [name]);
    return parts[0] ?? {};
  }

  /** What is counted and not persisted: open batch and pending. */
  async unpersisted(name: string): Promise<bigint> {
    const { batch, pending } = await this.parts(name);
    return BigInt(batch ?? 0) + BigInt(pending ?? 0);
  }

  async total(name: string): Promise<bigint> {
    const { base } = await this.parts(name);
    expect(base).toBeDefined();
    return BigInt(base ?? 0) + (await this.unpersisted(name));
  }

  /** Caches a persisted value, as a read of a ledger that is up to date does. */
  async warm(name: string, value: number | bigint = 0): Promise<void> {
    await this.fill({ [name]: value });
    expect((await this.parts(name)).base).toBe(String(value));
  }

  /** Caches persisted values; `ledgerSeq` by default as before the open batch, if there is one. */
  async fill(values: Record<string, number | bigint>, ledgerSeq?: number): Promise<void> {
    const {
      fence = 0,
      generation = '',
      batchSeq,
      refreshes,
    } = await this.cache.look(this.index, []);
    await this.cache.fill(this.index, {
      fence,
      generation,
      batchSeq,
      refreshes,
      ledgerSeq: ledgerSeq ?? (batchSeq === undefined ? fence : batchSeq - 1),
      values: new Map(Object.entries(values).map(([name, value]) => [name, String(value)])),
    });
  }

  claim(request: Partial<ClaimRequest> = {}) {
    const usual = { limit: 500, nonce: randomUUID(), holder: 'the worker' };
    return this.cache.claim(this.index, { ...usual, ...request });
  }

  /** Claims what is due, its entries in the order of their names; fails when nothing is. */
  async claimed(request?: Partial<ClaimRequest>): Promise<Batch> {
    const answer = await this.claim(request);
    if (answer.status !== 'batch') throw new Error(`Nothing was claimed: ${answer.status}`);
    answer.batch.entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    return answer.batch;
  }

  /** Acknowledges a batch with the values that its rows have after it. */
  acknowledge(
    { nonce }: Pick<Batch, 'nonce'>,
    values: Iterable<readonly [string, bigint]> = [],
    leftOut: readonly string[] = [],
  ) {
    const texts = new Map([...values].map(([name, value]) => [name, String(value)]));
    return this.cache.acknowledge(this.index, { nonce, values: texts, leftOut });
  }

  /** Claims batch after batch, and answers the deltas by name. */
  async drained(): Promise<Map<string, bigint>> {
    const deltas = new Map<string, bigint>();
    for (;;) {
      const answer = await this.claim();
      if (answer.status !== 'batch') return deltas;
      for (const { name, delta } of answer.batch.entries) {
        deltas.set(name, (deltas.get(name) ?? 0n) + BigInt(delta));
      }
      await this.acknowledge(answer.batch);
    }
  }
}
