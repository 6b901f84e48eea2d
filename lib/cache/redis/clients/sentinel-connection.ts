import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisSentinels } from './redis-connection.js';
import { quote } from '../../../words/quote.js';
import { failureOf } from './failure.js';
import { makeSingle } from './made-clients.js';
import { NOT_CONNECTED, UNQUEUED } from './node-redis.js';
import { retryDelay } from './retry-delay.js';
import type { RedisClient, ScriptArguments } from './script-client.js';

type Client = ReturnType<typeof makeSingle>;

/** A sentinel or a primary without an answer is passed by after this time, in milliseconds. */
const PATIENCE = 2000;

/**
 * A connection to the primary that sentinels name:
 *
 *     asking ──a sentinel names one──► connecting ──► connected ──connection lost──► asking
 *        └── none does ──► pause ──► asking      └── fails ──► pause ──► asking
 *
 * node-redis has a client for sentinels; it cannot be duplicated, prints on the console, and goes on without a pause
 * in places. A primary that answers no more, or that became a replica, is left by who owns this connection.
 */
export class SentinelConnection implements RedisClient {
  readonly findsServers = true;
  isOpen = true;
  private primary?: Client;
  private report: (error: unknown) => void = () => undefined;

  constructor(private readonly deployment: RedisSentinels) {}

  on(_event: 'error', listener: (error: unknown) => void): void {
    this.report = listener;
  }

  /** Resolves when it is connected, or given up. */
  async connect(): Promise<void> {
    for (let attempt = 0; this.isOpen; attempt++) {
      try {
        await this.connectToPrimary();
        return;
      } catch (error) {
        this.report(error);
        await sleep(retryDelay(attempt), undefined, { ref: false });
      }
    }
  }

  destroy(): void {
    this.isOpen = false;
    this.leave();
  }

  evalSha(digest: string, script: ScriptArguments): Promise<unknown> {
    return this.connected((client) => client.evalSha(digest, script));
  }

  eval(source: string, script: ScriptArguments): Promise<unknown> {
    return this.connected((client) => client.eval(source, script));
  }

  command(_key: string, args: string[]): Promise<unknown> {
    return this.connected((client) => client.sendCommand(args));
  }

  private connected(send: (client: Client) => Promise<unknown>): Promise<unknown> {
    return this.primary?.isReady === true
      ? send(this.primary)
      : Promise.reject(new Error(NOT_CONNECTED));
  }

  private async connectToPrimary(): Promise<void> {
    const { host, port } = await this.askForPrimary();
    const client = makeSingle({ ...this.access(), host, port }, { ...UNQUEUED, socket: ONCE });
    client.on('error', (error: unknown) => this.report(error));
    try {
      await client.connect();
    } catch (error) {
      drop(client);
      throw error;
    }
    if (!this.isOpen) {
      drop(client);
      return;
    }
    this.primary = client;
    // nothing in between: it was open a moment ago
    client.on('end', () => this.lost(client));
    client.on('error', () => this.lost(client));
  }

  private lost(client: Client): void {
    if (this.primary !== client) return;
    this.leave();
    void this.connect();
  }

  private leave(): void {
    const { primary } = this;
    this.primary = undefined;
    if (primary !== undefined) drop(primary);
  }

  /** The first sentinel that answers decides. */
  private async askForPrimary(): Promise<{ host: string; port: number }> {
    const { sentinels, name, sentinelUsername, sentinelPassword, sentinelTls } = this.deployment;
    const { natMap = {} } = this.deployment;
    const access = {
      username: sentinelUsername,
      password: sentinelPassword,
      tls: sentinelTls ?? this.deployment.tls,
    };
    let last: unknown;
    for (const { host, port = 26_379 } of sentinels) {
      try {
        const named = await addressOf(name, { ...access, host, port });
        return natMap[`${named.host}:${named.port}`] ?? named;
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`No sentinel names the primary ${quote(name)}: ${failureOf(last)}`);
  }

  private access(): Parameters<typeof makeSingle>[0] {
    const { username, password, tls, db } = this.deployment;
    return { username, password, tls, db };
  }
}

/** Whoever is gone may have been replaced: another attempt begins with the sentinels. */
const ONCE = { reconnectStrategy: false, connectTimeout: PATIENCE } as const;

async function addressOf(
  name: string,
  connection: Parameters<typeof makeSingle>[0],
): Promise<{ host: string; port: number }> {
  const sentinel = makeSingle(connection, { ...UNQUEUED, socket: ONCE });
  sentinel.on('error', () => undefined);
  const timer = setTimeout(() => drop(sentinel), PATIENCE);
  try {
    await sentinel.connect();
    const answer = await sentinel.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
    const [host, port] = Array.isArray(answer) ? (answer as unknown[]) : [];
    if (typeof host === 'string' && Number(port) > 0) return { host, port: Number(port) };
    throw new Error('this sentinel does not know it');
  } finally {
    clearTimeout(timer);
    drop(sentinel);
  }
}

function drop(client: Client): void {
  if (client.isOpen) client.destroy();
}
