import { Deadline } from '../../deadline.js';
import { CacheUnavailableError } from '../../errors.js';
import { reasonOf } from '../../quote.js';
import type { Script } from './scripts.js';
import { takesNoWrites, whenDemoted } from './takes-no-writes.js';

/** What is used of a node-redis client, single, cluster or sentinel. */
export interface RedisClient {
  readonly isOpen: boolean;
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

/** So many milliseconds earlier than told a deadline may end. */
const TIMER_PRECISION = 5;

/**
 * Runs scripts over a connection that it owns, each with a deadline of its own. A connection that
 * answers nothing for that long is replaced: it may be open at this end alone. So is one whose server became a
 * replica: its address may lead to another by now.
 */
export class ScriptClient {
  private closed = false;
  private lastError?: unknown;
  /** From the first call on: a start that fails before has nothing to close. */
  private client?: RedisClient;
  /** Ends when the client has connected, or failed to for the first time. */
  private firstAttempt: Promise<void> = Promise.resolve();
  /** When the first of the commands was given that nothing was answered after. */
  private silentSince?: number;
  private readonly isDemotedNow = whenDemoted();

  constructor(
    private readonly makeClient: () => RedisClient,
    private readonly timeout: number,
  ) {}

  /**
   * The script's answer. Rejects with `CacheUnavailableError` when none came: then the script may or
   * may not have run.
   */
  run(script: Script, keys: string[], args: string[]): Promise<unknown> {
    const what = `the script "${script.name}"`;
    return this.attempt(what, (client) => this.evaluate(client, script, { keys, arguments: args }));
  }

  /** A command's answer, after all that was sent before; rejects as `run()` does. */
  command(key: string, args: string[]): Promise<unknown> {
    return this.attempt(args.join(' '), (client) => client.command(key, args));
  }

  private async attempt(
    what: string,
    send: (client: RedisClient) => Promise<unknown>,
  ): Promise<unknown> {
    if (this.isClosed()) throw new CacheUnavailableError('The connection to Redis is closed');
    const client = (this.client ??= this.connected());
    this.silentSince ??= performance.now();
    try {
      const answer = await this.withDeadline(what, send(client));
      this.silentSince = undefined;
      return answer;
    } catch (error) {
      if (client === this.client && !this.isClosed()) this.heard(error);
      throw this.unavailable(what, error);
    }
  }

  private connected(): RedisClient {
    const client = this.makeClient();
    this.firstAttempt = new Promise((resolve) => {
      const failed = (error: unknown): void => {
        this.lastError = error;
        resolve();
      };
      client.on('error', failed);
      client.connect().then(() => resolve(), failed);
    });
    return client;
  }

  private heard(error: unknown): void {
    const silent = error instanceof CacheUnavailableError || notSent(error);
    if (!silent) this.silentSince = undefined;
    if (takesNoWrites(error)) {
      if (this.isDemotedNow(error)) this.replace();
      return;
    }
    const since = this.silentSince;
    if (since === undefined || performance.now() - since < this.timeout - TIMER_PRECISION) return;
    this.replace();
  }

  private replace(): void {
    if (this.client?.isOpen === true) this.client.destroy();
    this.client = this.connected();
    this.silentSince = undefined;
  }

  close(): void {
    this.closed = true;
    if (this.client?.isOpen === true) this.client.destroy();
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

  private unavailable(what: string, error: unknown): CacheUnavailableError {
    if (error instanceof CacheUnavailableError) return error;
    const message = `Redis did not run ${what}: ${this.reason(error)}`;
    return new CacheUnavailableError(message, {
      cause: error,
      mayHaveRun: !certainlyRefused(error),
    });
  }

  /** The client only says that it is offline; the connection's own error says why. */
  private reason(error: unknown): string {
    const cause = notSent(error) ? (this.lastError ?? error) : error;
    if (!(cause instanceof Error)) return 'not connected yet';
    // an AggregateError of connection attempts has no message of its own
    return reasonOf(cause) || ((cause as NodeJS.ErrnoException).code ?? cause.name);
  }
}

// what Redis answers before it runs a script, or at its first write
const REFUSALS = /^(LOADING|OOM|READONLY|NOAUTH|NOPERM|MASTERDOWN|CLUSTERDOWN|BUSY|MISCONF)\b/;
// what node-redis, then ioredis, says of a command that it did not send
const NOT_SENT = /^(The client is (offline|closed)|Stream isn't writeable)/;

function certainlyRefused(error: unknown): boolean {
  return notSent(error) || takesNoWrites(error) || matches(error, REFUSALS);
}

const notSent = (error: unknown): boolean => matches(error, NOT_SENT);

const matches = (error: unknown, pattern: RegExp): boolean =>
  error instanceof Error && pattern.test(error.message);
