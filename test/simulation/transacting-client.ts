import type { CountingTransaction, OutboxRow } from '../../lib/database/outbox/outbox.js';
import { callDatabase } from './database-call.js';
import type { DatabaseServer } from './database-server.js';
import { delta, DIGITS } from './digits.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import type { World } from './world.js';

/** Counter that is counted with transactions alone. */
export const BOOKED = 'bookings';

/** Milliseconds of the work between two increments of a transaction. */
const WORK = 30;
/** For the look at rows that wait, for a job, a claim, a transaction behind others. */
const LATENCY = 200;

/** A transaction of the application, as its process has it. It ends with its process, unless it is being committed. */
export class ApplicationTransaction {
  /** Increments that nothing else adds up to. */
  readonly digits: number[] = [];
  readonly rows: OutboxRow[] = [];
  isOpen = true;
  /** As the database has it, whatever its process was told. */
  isCommitted = false;

  constructor(
    private readonly stage: Stage,
    private readonly owner: SimulatedProcess,
    private readonly database: DatabaseServer,
  ) {}

  async commit(): Promise<void> {
    const { stage, owner, database } = this;
    const label = (): string => `commit of bookings ${this.digits.join()}`;
    try {
      await callDatabase<undefined>({ stage, owner }, label, ({ fate, resolve, reject }) => {
        this.isCommitted = fate === 'fine' || stage.random.chance(0.5);
        if (this.isCommitted) database.outbox.commit(this);
        stage.note(() => `  database: ${label()} ${String(this.isCommitted)} [${fate}]`);
        if (fate === 'fine') resolve(undefined);
        else reject('Connection terminated during commit');
      });
    } finally {
      this.isOpen = false;
    }
  }

  rollback(): void {
    this.stage.fault('transaction rolled back');
    this.isOpen = false;
  }
}

/** Counts in a transaction that commits, or does not. */
export function transact(world: World, process: SimulatedProcess): void {
  const { stage, history, settings, database } = world;
  const { random } = stage;
  const transaction = new ApplicationTransaction(stage, process, database);
  const free = DIGITS - history.bookings;
  const first = history.bookings;
  history.bookings += Math.min(free, random.whole(1, 3));
  for (let digit = first; digit < history.bookings; digit++) transaction.digits.push(digit);
  if (transaction.digits.length === 0) return;
  history.transactions.push(transaction);
  const commits = random.chance(0.8);
  const increments = transaction.digits.map((digit) => ({
    name: BOOKED,
    delta: delta(digit),
    updateInterval: random.pick(settings.intervals),
    transaction: transaction as unknown as CountingTransaction,
  }));
  const work = async (): Promise<void> => {
    try {
      if (random.chance(0.3)) await process.service.incrMany(increments);
      else {
        for (const { name, delta: by, ...options } of increments) {
          await process.service.incr(name, by, options);
          await wait(random.exponential(WORK));
        }
      }
    } catch (error) {
      transaction.rollback();
      throw error;
    }
    if (!commits) {
      transaction.rollback();
      return;
    }
    await transaction.commit();
    if (settings.faultless) promise(world, transaction);
  };
  history.record(process, `transaction(${transaction.digits.join()})`, work);
}

/** In a run without faults: it is in the database when its interval, a tick and some work passed. */
function promise({ stage, settings, database }: World, { digits }: ApplicationTransaction): void {
  const due = Math.max(...settings.intervals) + settings.timings.tick + LATENCY;
  const look = (): void => {
    const value = database.value(BOOKED) ?? 0n;
    const missing = digits.filter((digit) => (value / delta(digit)) % 4n === 0n);
    if (missing.length === 0) return;
    stage.time.fail(
      new Error(`bookings ${missing.join()} were not in the database ${due} ms later`),
    );
  };
  stage.time.after(due, look, undefined);
}

/** A timer of the process: it ends with it. */
const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
