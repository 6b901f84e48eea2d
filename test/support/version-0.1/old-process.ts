import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { redisCommands } from '../redis-cache.js';

/** In the order in which its scripts take them. */
const KEYS = [
  ...['state', 'pending', 'due', 'batch', 'clients', 'deleted', 'claims', 'claims-due', 'large'],
  ...['overflowed', 'parked', 'bases', 'older-bases'],
];

const INCLUDES: Readonly<Record<string, readonly string[]>> = {
  add: ['_admit', '_run', '_int64', '_pending'],
  park: ['_parcel'],
};

const textOf = (file: string): string =>
  readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8');

const sourceOf = (script: string): string =>
  ['_partition', ...(INCLUDES[script] ?? []), script].map(textOf).join('\n');

/** An increment, as a process of version 0.1 sends it. */
export interface OldIncrement {
  name: string;
  delta: number;
  idempotencyKey?: string;
  /** In milliseconds. */
  interval?: number;
}

/**
 * What a process of version 0.1.0 does with one partition: its scripts, word for word as they were released, with the
 * arguments that it gave them.
 */
export class OldProcess {
  private readonly client = randomUUID();
  private seq = 0;

  private constructor(
    private readonly command: (...words: string[]) => Promise<unknown>,
    private readonly namespace: string,
    private readonly partition: number,
    private readonly queues: number,
  ) {}

  static async start(url: string, namespace: string, partition = 0, queues = 5) {
    return new OldProcess(await redisCommands(url), namespace, partition, queues);
  }

  run(script: string, ...args: (string | number)[]): Promise<unknown> {
    const keys = KEYS.map((key) => this.key(key));
    const words = [...keys, ...args.map(String)];
    return this.command('EVAL', sourceOf(script), String(keys.length), ...words);
  }

  key(part: string): string {
    return `fastcounter:{${this.namespace}:${this.partition}}::${part}`;
  }

  /** Seeds the partition as one whose ledger is at this seq. */
  async seed(ledgerSeq = 0): Promise<void> {
    const generation = await this.run('reserve', ledgerSeq + 1, randomUUID(), '');
    await this.run('seed', String(generation), this.queues);
  }

  /** Sends the next call; `idempotencyTtl` in milliseconds. */
  async add(increments: readonly OldIncrement[], idempotencyTtl = 600_000): Promise<unknown> {
    const generation = await this.command('HGET', this.key('state'), 'generation');
    const operations = increments.flatMap(({ name, delta, idempotencyKey, interval = 0 }) => [
      ...[idempotencyKey === undefined ? 'a' : 'ak', name, delta, interval],
      ...(idempotencyKey === undefined ? [] : [idempotencyKey]),
    ]);
    const sender = [this.client, ++this.seq, String(generation), this.queues];
    return this.run('add', ...sender, 1000, idempotencyTtl, this.seq - 1, 0, ...operations);
  }

  claim(): Promise<unknown> {
    return this.run('claim', 500, randomUUID());
  }

  /** Acknowledges a batch, as one whose rows were not cached. */
  acknowledge(nonce: string): Promise<unknown> {
    return this.run('acknowledge', nonce, '[]', '[]', '[]', 0);
  }
}
