import { CounterOverflowError, FastCounterError, OutcomeUnknownError } from '../../lib/errors.js';
import type { OnceCall } from './once-client.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import type { ApplicationTransaction } from './transacting-client.js';

/** `refused`: certainly not counted. Without an outcome: its process died first. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

/** One call of one client: what it asked, when, and what it was told. */
export interface Invocation {
  process: SimulatedProcess;
  text: string;
  /** Position in the order of all beginnings and ends. */
  begun: number;
  ended: number;
  outcome?: Outcome;
  error?: unknown;
}

/** Increments add a power of four each, so that a value tells which of them it holds, and how often. */
export interface Increment {
  counter: string;
  digit: number;
  invocation: Invocation;
}

export interface Reading {
  counter: string;
  value: bigint;
  /** The increment that this is the answer of. */
  own?: number;
  invocation: Invocation;
}

export class History {
  readonly invocations: Invocation[] = [];
  readonly increments: Increment[] = [];
  readonly readings: Reading[] = [];
  /** Answers of `reset`, by counter; undefined where it is not known. */
  readonly resets: { counter: string; value?: bigint }[] = [];

  readonly once: OnceCall[] = [];
  /** The call that renamed their counter. */
  onceRenamed?: Invocation;

  readonly transactions: ApplicationTransaction[] = [];
  /** Increments of transactions. */
  bookings = 0;

  private moments = 0;

  constructor(private readonly stage: Stage) {}

  /** A position in the order of all beginnings and ends. */
  moment(): number {
    return ++this.moments;
  }

  /** To be called in a step of the process. */
  record<Answer>(
    process: SimulatedProcess,
    text: string,
    call: () => Promise<Answer>,
    settled: (invocation: Invocation, answer?: Answer) => void = () => undefined,
  ): Invocation {
    const invocation: Invocation = { process, text, begun: this.moment(), ended: Infinity };
    this.invocations.push(invocation);
    this.stage.note(() => `calls ${text}`);
    const end = (outcome: Outcome, answer?: Answer): void => {
      // it died in this very step, and tells nobody
      if (!process.alive) return;
      invocation.ended = this.moment();
      invocation.outcome = outcome;
      this.stage.note(() => `${text}: ${outcome} ${said(answer ?? invocation.error)}`);
      settled(invocation, answer);
    };
    call().then(
      (answer) => end('acknowledged', answer),
      (error: unknown) => {
        invocation.error = error;
        end(error instanceof OutcomeUnknownError ? 'unknown' : 'refused');
      },
    );
    return invocation;
  }

  /** What clients were told that they should not have been. */
  unexpected(mayOverflow: string): string[] {
    return this.invocations.flatMap(({ error, text, process }) => {
      if (error === undefined) return [];
      const overflows = error instanceof CounterOverflowError && error.counter !== mayOverflow;
      if (error instanceof FastCounterError && !overflows) return [];
      return [`${process.name} was told ${said(error)} of ${text}`];
    });
  }
}

function said(answer: unknown): string {
  if (answer === undefined) return '';
  if (answer instanceof Error) return `${answer.name}: ${answer.message}`;
  return typeof answer === 'bigint' ? String(answer) : JSON.stringify(answer, asText);
}

const asText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
