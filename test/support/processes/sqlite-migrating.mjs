// Runs the migrations of this package on a file of SQLite, as an application with `migrationsRun` does when it starts; with `held`, in a
// transaction that stays open for half a second when all is made.
//
//   node sqlite-migrating.mjs <better-sqlite3> <file> run|held
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastCounterEntities, fastCounterMigrations, upFastCounter } from 'nestjs-fastcounter';
import { DataSource } from 'typeorm';

const [driver, database, how] = process.argv.slice(2);
const dataSource = await new DataSource({
  type: 'better-sqlite3',
  driver: createRequire(import.meta.url)(driver),
  database,
  entities: [...fastCounterEntities],
  migrations: [...fastCounterMigrations],
}).initialize();
if (how === 'held') {
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  await upFastCounter(runner);
  process.stdout.write('made\n');
  await sleep(500);
  await runner.commitTransaction();
} else {
  process.stdout.write('ready\n');
  // all begin at the same time
  await new Promise((resolve) => process.stdin.once('data', resolve));
  await dataSource.runMigrations();
  process.stdin.destroy();
}
await dataSource.destroy();
