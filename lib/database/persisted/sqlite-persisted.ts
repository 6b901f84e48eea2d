import type { DataSource, QueryRunner } from 'typeorm';
import type { Batch } from '../../cache/counter-cache.js';
import type { ApplyResult } from '../counter-store.js';
import type { OnPersisted } from './on-persisted.js';
import { persistedBatch } from './persisted-batch.js';
import { callWithin, failed, lend } from './persisted-call.js';

type MakeRunner = new (driver: unknown) => QueryRunner;

/** Calls the option `onPersisted` in the transaction of a batch, over the one connection that there is. */
export class SqlitePersisted {
  readonly #dataSource: DataSource;

  constructor(
    dataSource: DataSource,
    private readonly onPersisted: OnPersisted,
    /** Milliseconds that it may take. */
    private readonly limit: number,
  ) {
    this.#dataSource = dataSource;
  }

  /** `check` throws where the transaction was ended. */
  async call(
    partition: number,
    exact: Batch,
    result: ApplyResult,
    check: () => void,
  ): Promise<void> {
    if (result.status !== 'applied') return;
    const persisted = persistedBatch(partition, exact, result);
    if (persisted.counts.length === 0) return;
    const lent = lend(this.ownRunner());
    try {
      await callWithin(this.limit, this.onPersisted, persisted, lent.manager);
      check();
    } catch (error) {
      throw failed(error);
    } finally {
      lent.takeBack();
    }
  }

  /** Another one than that of the application, which has one for all. */
  private ownRunner(): QueryRunner {
    const dataSource = this.#dataSource;
    const shared = dataSource.createQueryRunner();
    const runner = new (shared.constructor as MakeRunner)(dataSource.driver);
    return Object.assign(runner, { manager: dataSource.createEntityManager(runner) });
  }
}
