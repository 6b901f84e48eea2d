import { join } from 'node:path';
import { CountingProcess, type Ended } from '../support/processes/counting-process.js';
import type { ProcessConfiguration } from '../support/processes/protocol.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import type { Stage } from './stage.js';

/** Shorter than a worker is stopped for. */
const BULL_SETTINGS = { lockDuration: 1500, lockRenewTime: 500, stalledInterval: 1000 };
/** Longer than any key is sent again after its first time. */
const IDEMPOTENCY_TTL = 3_600_000;
/** Longer than shutting down takes with every server away, in milliseconds. */
const SHUTDOWN_PATIENCE = 40_000;
/** After so many nobody starts it again. */
const MOST_DEATHS = 20;
/** Events that say that something acknowledged is lost: no fault here may bring one. */
const LOSSES = [
  ...['parked', 'databaseWentBack', 'redisLostWrites', 'overflow', 'redisWiped'],
  'outboxRefused',
];

export interface MemberSettings {
  name: string;
  role: 'producer' | 'worker';
  client: ProcessConfiguration['client'];
  acknowledgeTimeout: number;
  updateInterval: number;
  many: string;
  pause: number;
  times: number;
}

/**
 * One of the processes, from one life to the next; on its ways to the servers it has proxies of its
 * own, which stay.
 *
 *     starting ──► counting ──► killed ──► starting …
 */
export class Member {
  /** Deaths that nobody ordered, and events that should not be. */
  readonly violations: string[] = [];
  /** Those that did not end in order. */
  readonly badShutdowns: string[] = [];
  lives = 0;
  private process?: CountingProcess;
  private ordered = true;
  private replaced: Promise<unknown> = Promise.resolve();
  private deaths = 0;

  private constructor(
    readonly settings: MemberSettings,
    private readonly stage: Stage,
    readonly redisProxy: TcpProxy,
    readonly postgresProxy: TcpProxy,
    private readonly program?: string,
  ) {}

  /** Another program is one on another build of the package. */
  static async create(settings: MemberSettings, stage: Stage, program?: string): Promise<Member> {
    const [redisProxy, postgresProxy] = await Promise.all([
      startTcpProxy(stage.redis.url),
      startTcpProxy(stage.databaseUrl),
    ]);
    return new Member(settings, stage, redisProxy, postgresProxy, program);
  }

  get name(): string {
    return this.settings.name;
  }

  /** Resolves when it counts, or was killed before. */
  async start(): Promise<void> {
    const life = ++this.lives;
    const process = new CountingProcess(this.configuration(), this.program);
    this.process = process;
    this.ordered = false;
    void process.ended.then((ended) => this.examine(process, life, ended));
    const { role, pause, times, many } = this.settings;
    const file = join(this.stage.directory, `${this.name.replace(' ', '-')}-${life}.jsonl`);
    try {
      await process.ready;
      const rounds = role === 'producer';
      const mix = { pause, times, many, books: rounds };
      await process.startRecordedLoad({ file, rounds, reads: true, ...mix });
    } catch (error) {
      if (!this.wasOrdered()) throw error;
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }

  /** Ends it; by SIGTERM it says goodbye before. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.ordered = true;
    const { process } = this;
    process?.signal(signal);
    const patience = setTimeout(() => {
      this.badShutdowns.push(`${this.name} did not shut down: ${tailOf(process)}`);
      process?.signal('SIGKILL');
    }, SHUTDOWN_PATIENCE);
    const ended = await process?.ended;
    clearTimeout(patience);
    if (signal === 'SIGTERM' && ended?.code) {
      this.badShutdowns.push(`${this.name} ended with ${ended.code}: ${tailOf(process)}`);
    }
  }

  /** Ends the load; resolves when every call under way is settled. */
  async stopLoad(): Promise<void> {
    await this.replaced;
    await this.process?.stopRecordedLoad();
  }

  async getCounts(names: string[]): Promise<bigint[]> {
    if (this.process === undefined) throw new Error(`${this.name} was never started`);
    return this.process.getCounts(names);
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await Promise.all([this.redisProxy.stop(), this.postgresProxy.stop()]);
  }

  private configuration(): ProcessConfiguration {
    const { role, client, acknowledgeTimeout, updateInterval } = this.settings;
    return {
      redis: this.redisProxy.url,
      client,
      namespace: this.stage.namespace,
      databaseUrl: this.postgresProxy.url,
      // it may start while the database is away
      database: { retryAttempts: 200, retryDelay: 300 },
      workers: role === 'worker',
      queue: { settings: BULL_SETTINGS },
      idempotencyTtl: IDEMPOTENCY_TTL,
      sweepInterval: 500,
      commandTimeout: 2000,
      acknowledgeTimeout,
      updateInterval,
    };
  }

  private examine(process: CountingProcess, life: number, ended: Ended): void {
    for (const event of LOSSES) {
      for (const payload of process.reported(event)) {
        // at the first start there is nothing yet
        if (payload.ledgerSeq === 0) continue;
        this.violations.push(`${this.name}: ${event} ${JSON.stringify(payload)}`);
      }
    }
    if (this.ordered && this.process === process) return;
    const { code, signal } = ended;
    const how = code ?? signal ?? '';
    this.violations.push(
      `${this.name}, life ${life}, ended by itself (${how}): ${tailOf(process)}`,
    );
    // so that the run goes on, and says what else is wrong
    if (++this.deaths < MOST_DEATHS) this.replaced = this.start().catch(() => undefined);
  }

  // it may change while something is awaited
  private wasOrdered(): boolean {
    return this.ordered;
  }
}

const tailOf = (process?: CountingProcess): string => process?.output.slice(-3000) ?? '';
