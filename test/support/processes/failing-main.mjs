// A start that fails, in a process that must end by itself then: nothing here ends it. Its first argument says how.
import 'reflect-metadata';
import { setTimeout } from 'node:timers';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FastCounterModule } from 'nestjs-fastcounter';

const { databaseUrl, database, options, factory, testing } = JSON.parse(process.argv[2] ?? '{}');

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
  ],
})(RootModule);

const inTest = async () =>
  (await Test.createTestingModule({ imports: [RootModule] }).compile()).init();
const inApplication = () =>
  NestFactory.createApplicationContext(RootModule, { logger: false, abortOnError: false });

try {
  await (testing ? inTest() : inApplication());
  console.log('started');
} catch (error) {
  console.log(`refused: ${error.code ?? error.errors?.[0]?.code ?? error.name}`);
}
// what keeps it is told to who waits in vain
setTimeout(() => console.log(process.getActiveResourcesInfo().join()), 5000).unref();
