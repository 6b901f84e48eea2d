// An embedded process on a file of SQLite. Says how many increments are persisted, and goes on until it is killed.
//
//   node sqlite-main.mjs <better-sqlite3> <file>
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CounterService, FastCounterModule } from 'nestjs-fastcounter';

const [driver, database] = process.argv.slice(2);

class ApplicationModule {}

const app = await NestFactory.createApplicationContext(
  {
    module: ApplicationModule,
    imports: [
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        driver: createRequire(import.meta.url)(driver),
        database,
        autoLoadEntities: true,
        synchronize: true,
      }),
      FastCounterModule.forRoot({ updateInterval: 0 }),
    ],
  },
  { logger: false },
);
const counters = app.get(CounterService);
for (let count = 1; ; count++) {
  await Promise.all([counters.incr('killed'), counters.incr(`of many ${count}`)]);
  await counters.flush();
  process.stdout.write(`${count}\n`);
}
