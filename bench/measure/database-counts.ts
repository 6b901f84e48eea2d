import pg from 'pg';

/** Tells of a database of PostgreSQL, from another one, so that asking does not count. */
export interface TransactionCount {
  /** Up to now; a backend tells what it did about a second after it did it. */
  now(): Promise<number>;
  close(): Promise<void>;
}

export async function transactionsOf(databaseUrl: string): Promise<TransactionCount> {
  const url = new URL(databaseUrl);
  const database = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return {
    async now() {
      const { rows } = await client.query<{ transactions: string }>(
        'SELECT xact_commit + xact_rollback AS transactions FROM pg_stat_database WHERE datname = $1',
        [database],
      );
      return Number(rows[0]?.transactions);
    },
    close: () => client.end(),
  };
}
