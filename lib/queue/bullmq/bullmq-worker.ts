import { randomUUID } from 'node:crypto';
import { backOff } from '../../words/back-off.js';
import { within } from '../../words/within.js';
import type { BullMqJob, BullMqWorkerObject } from './bullmq-package.js';

/** Pauses after the worker could not ask for jobs, in milliseconds. */
const PAUSES = { first: 100, longest: 5000 };

/** Answers without a job in a row, each within this time in milliseconds, after which the worker pauses: it should have waited. */
const QUICK = 50;
const QUICK_ANSWERS = 5;

/** Does the work of one queue. */
export interface Handler {
  /** Runs a job. Rejects where the job failed. */
  run(job: BullMqJob): Promise<void>;
  /** A job could not be fetched, kept or finished. `token` is that of the job, whatever it is. */
  failed(error: unknown, token: string): Promise<void>;
}

/**
 * Takes the jobs of one queue, one after the other. BullMQ has a loop of its own, which tries for ever, and cannot be ended while
 * Redis is away: here its worker is asked for each job.
 *
 *     asking ──a job──► running ──► finishing ──► asking
 *       └─ failed: pauses ──► asking
 */
export class BullMqWorker {
  private closing = false;
  private leave: () => void = () => undefined;
  private readonly left = new Promise<void>((resolve) => {
    this.leave = resolve;
  });
  private taking?: Promise<void>;

  constructor(
    private readonly worker: BullMqWorkerObject,
    private readonly handler: Handler,
    /** For how long a job is held each time, and how often that is prolonged, in milliseconds. */
    private readonly lock: { duration: number; renewed: number },
  ) {}

  start(): void {
    void this.loop();
  }

  /** Asks for no more jobs. What waits for one ends with its connection. */
  stop(): void {
    this.closing = true;
    this.worker.closing = Promise.resolve();
    this.leave();
  }

  /** Settles when the job under way is finished, if there is one. */
  finished(): Promise<void> {
    return this.taking ?? Promise.resolve();
  }

  // stop() may come at any time
  private isClosing(): boolean {
    return this.closing;
  }

  /** Never rejects. */
  private async loop(): Promise<void> {
    let failures = 0;
    let quick = 0;
    while (!this.isClosing()) {
      const token = randomUUID();
      const asked = performance.now();
      try {
        const job = await this.worker.getNextJob(token, { block: true });
        failures = 0;
        if (job === undefined) {
          // as with a limit that somebody has set for the queue
          quick = performance.now() - asked < QUICK ? quick + 1 : 0;
          if (quick > QUICK_ANSWERS) await within(PAUSES.longest / 5, this.left);
          continue;
        }
        quick = 0;
        this.taking = this.take(job, token);
        await this.taking;
        this.taking = undefined;
      } catch (error) {
        if (this.isClosing()) return;
        await this.handler.failed(error, token);
        await within(backOff(failures++, PAUSES), this.left);
      }
    }
  }

  /** Never rejects. */
  private async take(job: BullMqJob, token: string): Promise<void> {
    const failed = (error: unknown): Promise<void> => this.handler.failed(error, token);
    const timer = setInterval(() => {
      job.extendLock(token, this.lock.duration).catch(failed);
    }, this.lock.renewed);
    try {
      const reason = await this.handler.run(job).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
      if (reason === undefined) await job.moveToCompleted(null, token, false);
      else await job.moveToFailed(reason, token, false);
    } catch (error) {
      await failed(error);
    } finally {
      clearInterval(timer);
    }
  }
}
