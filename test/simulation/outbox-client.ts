import type {
  CountingTransaction,
  Outbox,
  OutboxRow,
  OutboxState,
  RefusedRow,
  TakenRow,
} from '../../lib/database/outbox/outbox.js';
import { callDatabase } from './database-call.js';
import type { OutboxTable } from './outbox-table.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { Stage } from './stage.js';
import type { ApplicationTransaction } from './transacting-client.js';

/** The outbox, as one process reaches it. */
export class OutboxClient implements Outbox {
  constructor(
    private readonly stage: Stage,
    private readonly owner: SimulatedProcess,
    private readonly table: OutboxTable,
  ) {}

  exists(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async add(given: CountingTransaction, rows: readonly OutboxRow[]): Promise<() => boolean> {
    const transaction = given as unknown as ApplicationTransaction;
    const what = rows.map(({ name, delta }) => `${name} ${delta}`).join();
    await this.step(`add ${what}`, () => this.table.write(transaction, rows));
    return () => transaction.isOpen;
  }

  take(
    which: { ids?: readonly string[]; limit: number },
    by: (row: OutboxRow) => string,
  ): Promise<TakenRow[]> {
    const what = which.ids === undefined ? 'all' : `${which.ids.length} of its own`;
    return this.step(`take ${what}`, () => this.table.take(which, by));
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.step(`remove ${ids.length}`, () => this.table.remove(ids));
  }

  refuse(ids: readonly string[], reason: string): Promise<void> {
    return this.step(`refuse ${ids.length}`, () => this.table.refuse(ids, reason));
  }

  refused(): Promise<RefusedRow[]> {
    return this.step('refused', () => [...this.table.refused]);
  }

  release(ids: readonly string[]): Promise<number> {
    return this.step(`release ${ids.length}`, () => this.table.release(ids));
  }

  discard(ids: readonly string[]): Promise<number> {
    return this.step(`discard ${ids.length}`, () => this.table.discard(ids));
  }

  last(): Promise<string | undefined> {
    return this.step('last', () => this.table.last());
  }

  state(): Promise<OutboxState> {
    return this.step('state', () => this.table.state());
  }

  /** One transaction. Of a commit without an answer either half is possible. */
  private step<Answer>(what: string, run: () => Answer): Promise<Answer> {
    const { stage, owner } = this;
    return callDatabase<Answer>(
      { stage, owner },
      () => `outbox: ${what}`,
      ({ fate, resolve, reject }) => {
        if (fate === 'fine') {
          resolve(run());
          return;
        }
        stage.fault('database: commit lost its answer');
        if (stage.random.chance(0.7)) run();
        reject('Connection terminated during commit');
      },
    );
  }
}
