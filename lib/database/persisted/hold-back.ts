import type { DataSource, QueryRunner } from 'typeorm';

/**
 * On SQLite, statements of the application wait until the answer is called: in the transaction of a batch they would be rolled
 * back with it. All of them go over one query runner.
 */
export function holdBack(dataSource: DataSource): () => void {
  const runner = dataSource.createQueryRunner() as { query: QueryRunner['query'] };
  const isOwn = Object.hasOwn(runner, 'query');
  const query = runner.query.bind(runner) as (...given: unknown[]) => Promise<unknown>;
  const before = runner.query;
  let goOn = (): void => undefined;
  const over = new Promise<void>((resolve) => (goOn = resolve));
  runner.query = ((...given: unknown[]) =>
    over.then(() => query(...given))) as QueryRunner['query'];
  return () => {
    if (isOwn) runner.query = before;
    else delete (runner as Partial<typeof runner>).query;
    goOn();
  };
}
