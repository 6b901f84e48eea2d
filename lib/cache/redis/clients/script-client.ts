import { Deadline } from '../../../words/deadline.js';
import { CacheUnavailableError, type FastCounterError } from '../../../errors.js';
import { isMistake } from '../../../incidents/is-mistake.js';
import { UnexpectedError } from '../../../mismatch-errors.js';
import { reasonOf } from '../../../words/quote.js';
import { failureOf } from './failure.js';
import { isRefusedAtOnce, rememberRefusal } from '../fitness/refusal.js';
import type { Script } from '../scripts/scripts.js';
import { takesNoWrites, whenDemoted } from '../fitness/takes-no-writes.js';

/** What is used of a node-redis client, single, cluster or sentinel. */
export interface RedisClient {
  readonly isOpen: boolean;
  /**
   * How long commands for a key may stay unsent, in milliseconds, before another connection is made, which may find
   * another server for it. Default: as long as a command has for its answer.
   */
  readonly strandedAfter?: number;
  /** Whether it looks for the server by itself: of a cluster, or by sentinels. */
  readonly findsServers?: boolean;
  /** Whether keys may be on different servers. */
  readonly isCluster?: boolean;
  connect(): Promise<unknown>;
  /** Drops the connection without waiting for answers. */
  destroy(): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  evalSha(digest: string, options: ScriptArguments): Promise<unknown>;
  eval(source: string, options: ScriptArguments): Promise<unknown>;
  /** Any other command, to the server that holds the key. */
  command(key: string, args: string[]): Promise<unknown>;
}

export interface ScriptArguments {
  keys: string[];
  arguments: string[];
}

/** A deadline may end early by this time, in milliseconds. */
const TIMER_PRECISION = 5;

/**
 * Runs scripts over a connection that it owns, each with a deadline of its own. A connection that answers nothing for
 * some key for that long is replaced: it may be open at this end alone, or the key's node of a cluster may be dead while
 * others answer. So is one whose server became a replica: its address may lead to another by now.
 *
 * What is under way over a connection that is replaced has its time: other nodes still answer there.
 */
export class ScriptClient {
  private closed = false;
  private lastError?: unknown;
  /** From the first call on: a start that fails before has nothing to close. */
  private client?: RedisClient;
  /** The one made last: it may be closed. */
  private last?: RedisClient;
  /** Ends when the client has connected, or failed to for the first time. */
  private firstAttempt: Promise<void> = Promise.resolve();
  /** By key: when the first of the commands was given that nothing was answered after. */
  private readonly silentSince = new Map<string, number>();
  /** Were replaced, and end when what they were given has had its time. */
  private readonly leaving = new Map<RedisClient, NodeJS.Timeout>();
  private underWay = 0;
  private readonly isDemotedNow = whenDemoted();

  constructor(
    private readonly makeClient: () => RedisClient,
    private readonly timeout: number,
  ) {}

  /**
   * The script's answer. Rejects with `CacheUnavailableError` when none came: then the script may or
   * may not have run; with `UnexpectedError` when the client has not what is called.
   */
  run(script: Script, keys: string[], args: string[]): Promise<unknown> {
    const what = `the script "${script.name}"`;
    const [key = ''] = keys;
    const send = (client: RedisClient): Promise<unknown> =>
      this.evaluate(client, script, { keys, arguments: args });
    return this.attempt(key, what, send, script);
  }

  /** A command's answer, after all that was sent before; rejects as `run()` does. */
  command(key: string, args: string[]): Promise<unknown> {
    return this.attempt(key, args.join(' '), (client) => client.command(key, args));
  }

  private async attempt(
    key: string,
    what: string,
    send: (client: RedisClient) => Promise<unknown>,
    script?: Script,
  ): Promise<unknown> {
    if (this.isClosed()) throw new CacheUnavailableError('The connection to Redis is closed');
    const client = (this.client ??= this.connected());
    if (!this.silentSince.has(key)) this.silentSince.set(key, performance.now());
    this.underWay++;
    try {
      const answer = await this.withDeadline(what, send(client));
      if (client === this.client) this.silentSince.delete(key);
      return answer;
    } catch (error) {
      if (client === this.client && !this.isClosed()) this.heard(key, error);
      throw this.ourError(what, error, script);
    } finally {
      this.underWay--;
    }
  }

  private connected(): RedisClient {
    const client = this.makeClient();
    this.last = client;
    this.firstAttempt = new Promise((resolve) => {
      const failed = (error: unknown): void => {
        if (client === this.client) this.lastError = error;
        resolve();
      };
      client.on('error', failed);
      client.connect().then(() => resolve(), failed);
    });
    return client;
  }

  private heard(key: string, error: unknown): void {
    const stranded = notSent(error);
    if (!stranded && !(error instanceof CacheUnavailableError)) this.silentSince.delete(key);
    if (takesNoWrites(error)) {
      if (this.isDemotedNow(error)) this.replace();
      return;
    }
    const since = this.silentSince.get(key);
    const { strandedAfter = this.timeout } = this.client ?? {};
    const patience = stranded ? strandedAfter : this.timeout;
    if (since === undefined || performance.now() - since < patience - TIMER_PRECISION) return;
    this.replace();
  }

  private replace(): void {
    const before = this.client;
    if (before !== undefined) {
      this.leaving.set(before, setTimeout(() => this.drop(before), this.timeout).unref());
    }
    this.client = this.connected();
    this.silentSince.clear();
  }

  private drop(client: RedisClient): void {
    clearTimeout(this.leaving.get(client));
    this.leaving.delete(client);
    if (client.isOpen) client.destroy();
  }

  /** Closes the connection if nothing is under way; the next call makes another. */
  rest(): void {
    const { client } = this;
    if (client === undefined || this.underWay > 0 || this.isClosed()) return;
    this.client = undefined;
    this.silentSince.clear();
    this.drop(client);
  }

  close(): void {
    this.closed = true;
    for (const client of [this.client, ...this.leaving.keys()]) if (client) this.drop(client);
  }

  // close() may come while a call is under way
  private isClosed(): boolean {
    return this.closed;
  }

  private async evaluate(
    client: RedisClient,
    script: Script,
    options: ScriptArguments,
  ): Promise<unknown> {
    await this.firstAttempt;
    try {
      return await client.evalSha(script.digest, options);
    } catch (error) {
      // Redis forgot its scripts: restarted, failed over, or SCRIPT FLUSH
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(script.source, options);
    }
  }

  private withDeadline(what: string, answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const deadline = new Deadline(this.timeout, () => {
        reject(new CacheUnavailableError(`Redis did not answer ${what} within ${this.timeout} ms`));
      });
      answer.then(resolve, reject).finally(() => deadline.cancel());
    });
  }

  private ourError(what: string, error: unknown, script?: Script): FastCounterError {
    if (error instanceof CacheUnavailableError) return error;
    if (isMistake(error)) {
      const reason = `The client of Redis could not run ${what}: ${reasonOf(error)}`;
      return new UnexpectedError(reason, { cause: error });
    }
    const message = `Redis did not run ${what}: ${this.reason(error)}`;
    const unavailable = new CacheUnavailableError(message, {
      cause: error,
      mayHaveRun: !certainlyRefused(error, script),
    });
    const cause = notSent(error) ? this.lastError : error;
    rememberRefusal(unavailable, cause, script, this.findsServers);
    return unavailable;
  }

  /** Whether keys may be on different servers, as far as is known: from the first call on. */
  get isCluster(): boolean {
    return this.last?.isCluster === true;
  }

  /** Whether the client looks for the server by itself, as far as is known. */
  get findsServers(): boolean {
    return this.last?.findsServers === true;
  }

  /** The client only says that it is offline; the connection's own error says why. */
  private reason(error: unknown): string {
    const cause = notSent(error) ? (this.lastError ?? error) : error;
    return failureOf(cause);
  }
}

// what Redis answers before it runs a script, or at its first write
const REFUSALS =
  /^(LOADING|OOM|READONLY|NOAUTH|NOPERM(?! ACL failure in script)|MASTERDOWN|CLUSTERDOWN|BUSY|MISCONF|NOREPLICAS|TRYAGAIN)\b/;
// what node-redis, then ioredis and its cluster, says of a command that it did not send
const NOT_SENT = /^(The client is (offline|closed)|(Stream|Cluster) isn't (writeable|ready))/;

function certainlyRefused(error: unknown, script?: Script): boolean {
  if (notSent(error) || takesNoWrites(error) || matches(error, REFUSALS)) return true;
  return error instanceof Error && isRefusedAtOnce(error, script);
}

const notSent = (error: unknown): boolean => matches(error, NOT_SENT);

const matches = (error: unknown, pattern: RegExp): boolean =>
  error instanceof Error && pattern.test(error.message);
