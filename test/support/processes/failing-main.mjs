// A start that fails, in a process that must end by itself then: nothing here ends it. Its first argument says how.
import 'reflect-metadata';
import { setTimeout } from 'node:timers';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CounterService, FastCounterModule } from 'nestjs-fastcounter';

const { databaseUrl, database, options, factory, testing, failing, closes } = JSON.parse(
  process.argv[2] ?? '{}',
);

// of the application: it needs no part of ours, or counts before it fails
class FailingModule {
  constructor(counters) {
    this.counters = counters;
    this[failing?.hook] = async () => {
      if (failing.counts) await counters.incr('before');
      throw Object.assign(new Error('of another module'), { code: 'OF_ANOTHER' });
    };
  }
}
Module({})(FailingModule);
Reflect.defineMetadata('design:paramtypes', [CounterService], FailingModule);

class RootModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      ...{ type: 'postgres', url: databaseUrl, autoLoadEntities: true, synchronize: true },
      ...{ retryAttempts: 0, extra: { allowExitOnIdle: true } },
      ...database,
    }),
    factory
      ? FastCounterModule.forRootAsync({ useFactory: () => options })
      : FastCounterModule.forRoot(options),
    ...(failing ? [FailingModule] : []),
  ],
})(RootModule);

const inTest = async () =>
  (await Test.createTestingModule({ imports: [RootModule] }).compile()).init();
const quiet = { logger: false, abortOnError: false };
const inApplication = async () => {
  if (!closes) return NestFactory.createApplicationContext(RootModule, quiet);
  const app = await NestFactory.create(RootModule, quiet);
  // as after a failed listen()
  await app.init().finally(() => app.close());
};

try {
  await (testing ? inTest() : inApplication());
  console.log('started');
} catch (error) {
  console.log(`refused: ${error.code ?? error.errors?.[0]?.code ?? error.name}`);
}
// what keeps it is told to who waits in vain
setTimeout(() => console.log(process.getActiveResourcesInfo().join()), 5000).unref();
