import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { CounterService } from '../../lib/index.js';
import { startOnDatabase } from './other-database.js';

const MADE = '2026-01-01 00:00:00.000';

/** An application whose outbox has rows that wait for an operator. */
export async function startWithRows(database: TypeOrmModuleOptions) {
  const options = { redis: inject('redisUrl'), sweepInterval: 1000, queue: { count: 1 } };
  const { app, namespace } = await startOnDatabase(database, options);
  const [counters, dataSource] = [app.get(CounterService), app.get(DataSource)];
  await counters.incr('counted');
  await counters.flush();
  const row = (id: string, name: string, delta: number, windows: string, refused: string) =>
    `('${namespace}', '${id}', '${name}', ${delta}, '${windows}', -1, '${MADE}', '${MADE}', 'elsewhere', '${refused}')`;
  const rows = [
    row('0-first', 'orders', 2, '-', 'nobody knows'),
    row('1-second', 'orders', 5, 'hour,day', 'never'),
    row('2-third', 'revenue', 700, '-', 'nobody knows'),
  ];
  await dataSource.query(`INSERT INTO fast_counter_outbox VALUES ${rows.join(', ')}`);
  const ids = async (): Promise<string[]> => {
    const found: { id: string }[] = await dataSource.query(
      `SELECT id FROM fast_counter_outbox WHERE namespace = '${namespace}' ORDER BY id`,
    );
    return found.map(({ id }) => id);
  };
  return { namespace, counters, ids };
}

export const FIRST = {
  id: '0-first',
  name: 'orders',
  delta: 2,
  windows: [],
  reason: 'nobody knows',
};
export const SECOND = { id: '1-second', name: 'orders', delta: 5, windows: ['hour', 'day'] };
export const THIRD = { id: '2-third', name: 'revenue', delta: 700 };
