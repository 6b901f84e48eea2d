import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.js';
import { type FaultKind, POSTGRES } from './fault.js';

/** Long enough for the backends of a server that was killed to notice. */
const START_ATTEMPTS = 100;

/** Another application's transaction, which holds rows for a while. */
async function lock(stage: Stage, sql: string, milliseconds: number): Promise<void> {
  const client = await stage.connect();
  try {
    await client.query('BEGIN');
    await client.query(sql, [stage.namespace]);
    await sleep(milliseconds);
    await client.query('ROLLBACK');
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function startAgain({ postgres }: Stage): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await postgres.restart();
      return;
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(50);
    }
  }
}

export const POSTGRES_FAULTS = {
  'PostgreSQL ends its backends': ({ stage: { query } }) => ({
    detail: '',
    uses: [POSTGRES],
    happen: () =>
      query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      ),
  }),
  'PostgreSQL is killed': ({ stage, random }) => {
    const signal = random.pick(['SIGKILL', 'SIGQUIT'] as const);
    const away = random.between(0, 2000);
    return {
      detail: `by ${signal}, for ${Math.round(away)} ms`,
      uses: [POSTGRES],
      happen: async () => {
        await stage.postgres.kill(signal);
        await sleep(away);
        await startAgain(stage);
      },
    };
  },
  'counter rows are locked': ({ stage, random }) => {
    const milliseconds = random.between(300, 4000);
    const count = random.whole(1, 300);
    return {
      detail: `${count} for ${Math.round(milliseconds)} ms`,
      uses: [POSTGRES],
      happen: () =>
        lock(
          stage,
          // in no order, so that it deadlocks now and then
          `SELECT 1 FROM fast_counter WHERE namespace = $1 ORDER BY random() LIMIT ${count} FOR UPDATE`,
          milliseconds,
        ),
    };
  },
  'the ledger is locked': ({ stage, random }) => {
    const milliseconds = random.between(300, 4000);
    const count = random.whole(1, 5);
    return {
      detail: `${count} rows for ${Math.round(milliseconds)} ms`,
      uses: [POSTGRES],
      happen: () =>
        lock(
          stage,
          `SELECT 1 FROM fast_counter_ledger WHERE namespace = $1 ORDER BY random() LIMIT ${count} FOR UPDATE`,
          milliseconds,
        ),
    };
  },
} satisfies Record<string, FaultKind>;
