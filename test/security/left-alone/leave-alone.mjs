// An application that awaits no call that writes, with wrong arguments and then with right ones: it tells
// which events came of each, and ends by itself. left-alone.test.ts reads that.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  CounterEvents,
  CounterService,
  FastCounterModule,
  MeteringService,
  ParkedCounts,
} from 'nestjs-fastcounter';

const { databaseUrl, redis, patience } = JSON.parse(process.argv[2] ?? '{}');

class Root {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: databaseUrl, autoLoadEntities: true }),
    FastCounterModule.forRoot({
      ...(redis && { redis }),
      namespace: `alone-${process.pid}`,
      acknowledgeTimeout: 300,
      commandTimeout: 200,
      flushTimeout: 300,
      shutdownTimeout: 500,
    }),
  ],
})(Root);

const app = await NestFactory.createApplicationContext(Root, { logger: ['warn', 'error'] });
const counters = app.get(CounterService);
const metering = app.get(MeteringService);
const parked = app.get(ParkedCounts);
const events = app.get(CounterEvents);
const told = [];
events.on('rejected', ({ error }) => told.push(error.code));
events.on('outcomeUnknown', () => told.push('OUTCOME_UNKNOWN'));

const bad = ' bad';
const calls = {
  wrong: {
    incr: () => counters.incr(bad),
    incrMany: () => counters.incrMany([{ name: 'good' }, { name: bad }]),
    incrAndGet: () => counters.incrAndGet(bad),
    tryIncr: () => counters.tryIncr(bad, 1, { max: 1 }),
    set: () => counters.set('a', 1.5),
    reset: () => counters.reset(bad),
    delete: () => counters.delete([bad]),
    flush: () => counters.flush([bad]),
    record: () => metering.record('a', 1, { dimensions: { a: null } }),
    consume: () => metering.consume('a', { limit: 'many' }),
    replay: () => parked.replay('none'),
    discard: () => parked.discard('none'),
  },
  right: {
    incr: () => counters.incr('a'),
    incrMany: () => counters.incrMany([{ name: 'b' }]),
    incrAndGet: () => counters.incrAndGet('c'),
    tryIncr: () => counters.tryIncr('d', 1, { max: 1 }),
    set: () => counters.set('e', 1),
    reset: () => counters.reset('f'),
    delete: () => counters.delete(['g']),
    flush: () => counters.flush(),
    record: () => metering.record('h', 1, { dimensions: { a: 1 }, combinations: [] }),
    consume: () => metering.consume('i', { limit: 5 }),
    replay: () => parked.replay('0/none'),
    discard: () => parked.discard('0/none'),
  },
};

const outcome = {};
for (const [kind, methods] of Object.entries(calls)) {
  outcome[kind] = {};
  for (const [method, call] of Object.entries(methods)) {
    told.length = 0;
    void call();
    await sleep(kind === 'wrong' ? 50 : patience);
    outcome[kind][method] = [...told];
  }
}
console.log(`told ${JSON.stringify(outcome)}`);
await app.close();
