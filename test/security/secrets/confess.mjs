// An application that says all that it knows: every event, every error with all that hangs on it, its
// status, and what it can be injected with. secrets.test.ts reads it all.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import * as fastCounter from 'nestjs-fastcounter';

const { database, counting, seconds } = JSON.parse(process.argv[2] ?? '{}');
const { CounterEvents, CounterService, FastCounterModule } = fastCounter;

function say(what, thing) {
  console.log(what, inspect(thing, { depth: 12, maxArrayLength: 20, breakLength: 200 }));
  if (thing instanceof Error) console.log(what, thing.stack, String(thing), asJson(thing));
}

function asJson(thing) {
  try {
    return JSON.stringify(thing);
  } catch (error) {
    return String(error);
  }
}

class ConfessingModule {
  constructor(events) {
    const { emit } = events;
    events.emit = (name, ...payload) => {
      say(`event ${name}`, payload);
      return emit.call(events, name, ...payload);
    };
  }
}
Inject(CounterEvents)(ConfessingModule, undefined, 0);

process.on('unhandledRejection', (error) => say('unhandled', error));

try {
  Module({
    imports: [
      TypeOrmModule.forRoot({
        ...{ type: 'postgres', autoLoadEntities: true, retryAttempts: 2, retryDelay: 100 },
        ...database,
      }),
      FastCounterModule.forRoot(counting),
    ],
  })(ConfessingModule);
  const app = await NestFactory.createApplicationContext(ConfessingModule, { abortOnError: false });
  const counters = app.get(CounterService);
  const calls = [
    () => counters.incr('a'),
    () => counters.incrMany([{ name: 'a' }]),
    () => counters.incrAndGet('a'),
    () => counters.getCount('a'),
    () => counters.set('a', 1),
    () => counters.reset('a'),
    () => counters.delete('a'),
    () => counters.list(),
    () => counters.flush(),
  ];
  for (let round = 0; round < seconds; round++) {
    const outcomes = await Promise.allSettled(calls.map((call) => call()));
    for (const { reason } of outcomes) if (reason) say('error', reason);
    say('status', await counters.status());
    await sleep(500);
  }
  for (const name of ['COUNTER_CACHE', 'COUNTER_STORE', 'PERSIST_QUEUE', 'FAST_COUNTER_OPTIONS']) {
    console.log(name, app.get(fastCounter[name]), asJson(app.get(fastCounter[name])));
  }
  console.log(counters, app.get(CounterEvents), asJson(counters), asJson(app.get(CounterEvents)));
  await Promise.race([app.close(), sleep(3000)]);
} catch (error) {
  say('start', error);
}
// not before all is written: a pipe may be full
await new Promise((resolve) => process.stdout.write('confessed\n', resolve));
process.exit();
