import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type {
  CounterStatus,
  Erased,
  ErasedPart,
  ImportedEvents,
  MeterOptions,
  MeteringService,
  QuotaOptions,
} from '../../../lib/index.js';
import type {
  Billed,
  Load,
  LoadOutcomes,
  Outcomes,
  ProcessConfiguration,
  ProcessMessage,
  RecordedGroup,
  RecordedLoad,
  RecordedOutcomes,
  ReportedEvent,
  SteadyLoad,
  SteadyProbe,
  Watch,
  WatchReport,
} from './protocol.js';

export const countingProgram = fileURLToPath(new URL('counting-main.mjs', import.meta.url));
const clock = new URL('shifted-clock.mjs', import.meta.url).href;
const asModules = new URL('as-modules.mjs', import.meta.url).href;

/** What a process answered instead of a result. */
export class ProcessError extends Error {
  constructor(
    readonly code: string | undefined,
    name: string,
    message: string,
  ) {
    super(`${name}: ${message}`);
  }
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * A real process with the built package; its methods run in there. Whoever makes one kills it; it
 * ends by itself when the process that made it is gone.
 */
export class CountingProcess {
  /** Both streams. */
  output = '';
  readonly events: ReportedEvent[] = [];
  /** Where it answers HTTP, if it does. */
  url = '';
  /** Resolves when it counts. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private readonly asked = new Map<number, PromiseWithResolvers>();
  private lastId = 0;
  private over?: Error;

  /** Another program is one with the same commands, on another build of the package. */
  constructor(
    { clock: ahead = 0, ...configuration }: ProcessConfiguration,
    program = countingProgram,
  ) {
    this.child = fork(program, [JSON.stringify(configuration)], {
      execArgv: [
        ...(ahead === 0 ? [] : ['--import', clock]),
        ...(configuration.missing ? ['--import', asModules] : []),
      ],
      env: { PATH: process.env.PATH, NO_COLOR: '1', CLOCK_AHEAD: String(ahead) },
      silent: true,
    });
    const collect = (chunk: Buffer): void => void (this.output += chunk.toString());
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    const ready = withResolvers();
    this.ready = ready.promise;
    this.child.on('message', (message: ProcessMessage) => {
      if (!('ready' in message)) {
        this.receive(message);
        return;
      }
      this.url = message.url ?? '';
      ready.resolve(undefined);
    });
    this.ended = new Promise((resolve) => {
      // the streams are at their end as well then
      this.child.once('close', (code, signal: NodeJS.Signals | null) => {
        this.over = new Error(`The process ended (${code ?? signal ?? ''}):\n${this.output}`);
        for (const { reject } of [ready, ...this.asked.values()]) reject(this.over);
        resolve({ code, signal });
      });
    });
  }

  incr(
    names: string | string[],
    options: { times?: number; delta?: number; options?: object } = {},
  ): Promise<Outcomes> {
    return this.ask('incr', { names: [names].flat(), ...options });
  }

  fireAndForget(names: string | string[], times = 1): Promise<void> {
    return this.ask('fireAndForget', { names: [names].flat(), times });
  }

  incrMany(increments: { name: string; delta?: number }[]): Promise<void> {
    return this.ask('incrMany', { increments });
  }

  /** Every key so many times; answers how often it was told true of each. */
  incrOnce(name: string, keys: string[], times: number, within = 3_600_000): Promise<number[]> {
    return this.ask('incrOnce', { name, keys, times, options: { within } });
  }

  undoOnce(name: string, keys: string[], times: number): Promise<number[]> {
    return this.ask('undoOnce', { name, keys, times });
  }

  consume(name: string, options: QuotaOptions): Promise<{ allowed: boolean; used: number }> {
    return this.ask('consume', { name, options });
  }

  async getCount(name: string): Promise<bigint | undefined> {
    return (await this.getCounts([name]))[0];
  }

  async getCounts(names: string[]): Promise<bigint[]> {
    return (await this.ask<string[]>('get', { names })).map(BigInt);
  }

  flush(names?: string[]): Promise<void> {
    return this.ask('flush', { names });
  }

  importLog(log: { name: string; length: number }): Promise<ImportedEvents> {
    return this.ask('importLog', log);
  }

  rename(move: { from: string; to: string }): Promise<void> {
    return this.ask('rename', move);
  }

  record(name: string, options: MeterOptions): Promise<void> {
    return this.ask('record', { name, options });
  }

  erase(part: ErasedPart): Promise<Erased> {
    return this.ask('erase', part);
  }

  status(): Promise<CounterStatus> {
    return this.ask('status');
  }

  /** A method of the metering service, with what JSON can hold. */
  meter<Answer>(method: keyof MeteringService, ...given: unknown[]): Promise<Answer> {
    return this.ask('meter', { method, given });
  }

  /** Calls of the metering service at the same time, with its clock set before; it was started with one that is ahead. */
  bill(at: number, acts: readonly object[]): Promise<Billed[]> {
    return this.ask('bill', { at, acts });
  }

  discardRewound(): Promise<void> {
    return this.ask('discardRewound');
  }

  async reset(name: string): Promise<bigint> {
    return BigInt(await this.ask<string>('reset', { name }));
  }

  startLoad(load: Load): Promise<void> {
    return this.ask('startLoad', load);
  }

  stopLoad(): Promise<LoadOutcomes> {
    return this.ask('stopLoad');
  }

  startWatch(watch: Watch): Promise<void> {
    return this.ask('startWatch', watch);
  }

  stopWatch(): Promise<WatchReport> {
    return this.ask('stopWatch');
  }

  callRecorded(file: string, group: RecordedGroup): Promise<Record<string, number>> {
    return this.ask('callRecorded', { file, ...group });
  }

  startRecordedLoad(load: RecordedLoad): Promise<void> {
    return this.ask('startRecordedLoad', load);
  }

  stopRecordedLoad(): Promise<RecordedOutcomes> {
    return this.ask('stopRecordedLoad');
  }

  startTransactions(transactions: { name: string }): Promise<void> {
    return this.ask('startTransactions', transactions);
  }

  countInTransaction(transaction: { name: string }): Promise<void> {
    return this.ask('countInTransaction', transaction);
  }

  stopTransactions(): Promise<void> {
    return this.ask('stopTransactions');
  }

  startSteadyLoad(load: SteadyLoad): Promise<void> {
    return this.ask('startSteadyLoad', load);
  }

  stopSteadyLoad(): Promise<void> {
    return this.ask('stopSteadyLoad');
  }

  /** Of a process with a steady load. */
  probe(): Promise<SteadyProbe> {
    return this.ask('probe');
  }

  /** Payloads of the events of a name, in their order. */
  reported(event: string): Record<string, unknown>[] {
    return this.events.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  /** Closes the application; the process should end by itself then. */
  async close(): Promise<Ended> {
    await this.ask('close');
    return this.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGKILL. */
  kill(): Promise<Ended> {
    this.signal('SIGKILL');
    return this.ended;
  }

  private ask<Answer>(command: string, parameters: object = {}): Promise<Answer> {
    if (this.over !== undefined) return Promise.reject(this.over);
    const id = ++this.lastId;
    const answer = withResolvers();
    this.asked.set(id, answer);
    // what cannot be sent is rejected when the process has ended
    this.child.send({ id, command, ...parameters }, () => undefined);
    return answer.promise as Promise<Answer>;
  }

  private receive(message: Exclude<ProcessMessage, { ready: true }>): void {
    if ('event' in message) {
      this.events.push(message);
      return;
    }
    const asked = this.asked.get(message.id);
    this.asked.delete(message.id);
    if ('result' in message) asked?.resolve(message.result);
    else {
      const { code, name, message: text } = message.error;
      asked?.reject(new ProcessError(code, name, text));
    }
  }
}

interface PromiseWithResolvers {
  promise: Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** A rejection that nobody waits for, after a kill for instance, fails no test. */
function withResolvers(): PromiseWithResolvers {
  let resolve!: (value: unknown) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
