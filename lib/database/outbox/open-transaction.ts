import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { InvalidArgumentError, quote } from '../../errors.js';
import { dataSourceOf } from '../dialects/data-source-of.js';

type Given = Partial<EntityManager> & Partial<QueryRunner>;

/** The query runner of a transaction that an application gives. Throws `InvalidArgumentError` where it is none that is open. */
export function runnerOf(transaction: unknown, dataSource: DataSource): QueryRunner {
  const given = transaction as Given | null;
  if (typeof given !== 'object' || given === null || !isOfTypeOrm(given)) {
    throw new InvalidArgumentError(
      `Option "transaction" must be ${EXPECTED}, not ${quote(transaction)}`,
    );
  }
  if (dataSourceOf(given as EntityManager) !== dataSource) {
    throw new InvalidArgumentError(
      'Option "transaction" must be of the data source in which the counters are (option "dataSource"), and this one is of another',
    );
  }
  const runner = given.queryRunner ?? given;
  if (runner.isTransactionActive !== true) {
    throw new InvalidArgumentError(
      `Option "transaction" must be ${EXPECTED}; this one has no transaction open`,
    );
  }
  return runner as QueryRunner;
}

const EXPECTED =
  'the EntityManager of a transaction, as dataSource.transaction() gives it, or a QueryRunner after startTransaction()';

const isOfTypeOrm = (given: Given): boolean => 'dataSource' in given || 'connection' in given;

/** Whether the transaction may be committed yet. Where its connection broke, TypeORM leaves it active for ever. */
export const mayCommit = ({ isTransactionActive, isReleased }: QueryRunner): boolean =>
  isTransactionActive && !isReleased;
