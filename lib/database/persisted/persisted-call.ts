import type { EntityManager, QueryRunner } from 'typeorm';
import { ApplicationError } from '../../incidents/application-error.js';
import { Deadline } from '../../words/deadline.js';
import { reasonOf } from '../../words/quote.js';
import type { OnPersisted, PersistedBatch } from './on-persisted.js';

/** It has not ended in time, and may go on. */
export class TooLate extends Error {}

/**
 * Lends a runner to the application, in a transaction that is begun and ended here: transactions inside of it are savepoints. Over
 * `connection`, if it is given.
 */
export function lend(
  runner: QueryRunner,
  connection?: unknown,
): { manager: EntityManager; takeBack: () => void } {
  const lent = runner as unknown as { transactionDepth: number };
  const inner = (end: () => Promise<void>) => (): Promise<void> =>
    lent.transactionDepth > 1 ? end() : Promise.reject(ended());
  Object.assign(runner, {
    ...(connection !== undefined && { databaseConnection: connection }),
    ...{ isTransactionActive: true, transactionDepth: 1 },
    commitTransaction: inner(runner.commitTransaction.bind(runner)),
    rollbackTransaction: inner(runner.rollbackTransaction.bind(runner)),
    // who releases it would release the connection, which is not his
    release: () => Promise.resolve(),
  });
  // statements that come too late are refused: another transaction may be on the connection by then
  return { manager: runner.manager, takeBack: () => Object.assign(runner, { isReleased: true }) };
}

/** Calls the function of the application; rejects with what it throws, or after `limit` milliseconds with `TooLate`. */
export async function callWithin(
  limit: number,
  onPersisted: OnPersisted,
  batch: PersistedBatch,
  manager: EntityManager,
): Promise<void> {
  let deadline: Deadline | undefined;
  const late = new Promise<never>((_, reject) => {
    const reached = (): void => reject(new TooLate(`it has not ended within ${limit} ms`));
    deadline = new Deadline(limit, reached);
  });
  const called = (async () => onPersisted(batch, manager))();
  try {
    await Promise.race([called, late]);
  } finally {
    deadline?.cancel();
    called.catch(() => undefined);
  }
}

/** It must not be taken for an outage of the database. */
export const failed = (error: unknown): ApplicationError =>
  new ApplicationError(
    `Option "onPersisted" failed, so the batch was rolled back, and is tried again: ${reasonOf(error)}`,
    { cause: error },
  );

/** Where nothing failed, and the counts are not in the transaction any more. */
export const ended = (): Error =>
  new Error('it ended the transaction, which is not its own, or a statement in it did');
