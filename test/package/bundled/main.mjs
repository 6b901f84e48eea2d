// An application that is bundled to one file: counts, persists, reads and ends.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CounterService, FastCounterModule } from 'nestjs-fastcounter';
import pg from 'pg';

const { DATABASE_URL, REDIS_URL, NAMESPACE } = process.env;

class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      // TypeORM would look for the package by its name
      driver: pg,
      url: DATABASE_URL,
      autoLoadEntities: true,
      synchronize: true,
      retryAttempts: 0,
    }),
    FastCounterModule.forRoot({ redis: REDIS_URL, namespace: NAMESPACE }),
  ],
})(AppModule);

// CommonJS has no await outside of functions
async function main() {
  const application = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error', 'warn'],
  });
  const counters = application.get(CounterService);
  await counters.incrMany([{ name: 'views', delta: 3 }, { name: 'likes' }]);
  await counters.incrAndGet('views', 4);
  await counters.flush();
  const rows = await counters.list();
  await application.close();
  console.log(JSON.stringify(rows.map(({ name, value }) => [name, value])));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
