// A producer under full load, with the built package by its name. What it must be able to do is in
// producer-memory.test.ts, which starts it and tells it what to do over IPC.
import 'reflect-metadata';
import { createServer } from 'node:http';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CounterService, FastCounterModule } from 'nestjs-fastcounter';
import { openBooks } from './books.mjs';

const { databaseUrl, ...options } = JSON.parse(process.argv[2] ?? '{}');

/** Increments of hot counters in one turn of the event loop, that nobody waits for. */
const BURST = 5_000;
/** Names that were never used before, in one turn. */
const NEW_NAMES = 100;
/** Who waits for each of his increments before the next, and as many for a total each. */
const WAITING = 200;
/** Requests that come whether or not those before were answered, in ten milliseconds. */
const ARRIVING = 20;

class ProducerModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: databaseUrl, autoLoadEntities: true }),
    FastCounterModule.forRoot(options),
  ],
})(ProducerModule);

const app = await NestFactory.createApplicationContext(ProducerModule, { logger: ['error'] });
app.enableShutdownHooks();
const counters = app.get(CounterService);
const books = openBooks();
const peak = { rss: 0, heapUsed: 0 };
let running = [];
let stopped = false;
let fresh = 0;

const hot = Array.from({ length: 20 }, (_, i) => `hot-${i}`);

async function burst() {
  while (!stopped) {
    for (let i = 0; i < BURST; i++) {
      const name = hot[i % hot.length];
      books.enter('hot', counters.incr(name));
    }
    for (let i = 0; i < NEW_NAMES; i++) books.enter('new', counters.incr(`new-${fresh++}`));
    await turn();
  }
}

async function wait(kind, call) {
  while (!stopped) {
    const promise = call();
    books.enter(kind, promise);
    // one who is refused tries again a little later
    await promise.catch(() => sleep(10));
  }
}

async function arrive() {
  while (!stopped) {
    for (let i = 0; i < ARRIVING; i++) books.enter('arriving', counters.incrAndGet('arriving'));
    await sleep(10);
  }
}

async function watch() {
  while (!stopped) {
    const { rss, heapUsed } = process.memoryUsage();
    peak.rss = Math.max(peak.rss, rss);
    peak.heapUsed = Math.max(peak.heapUsed, heapUsed);
    await sleep(100);
  }
}

const commands = {
  start() {
    const waiting = Array.from({ length: WAITING }, () => [
      wait('waiting', () => counters.incr('waiting')),
      wait('totals', () => counters.incrAndGet('totals')),
    ]);
    running = [burst(), arrive(), watch(), ...waiting.flat()];
  },
  progress: () => ({ peak, books: books.read() }),
  /** Ends the load, and answers once every promise is settled. */
  async stop() {
    stopped = true;
    await Promise.all(running);
    await books.settled();
    return { peak, books: books.read(), hot };
  },
  async drain() {
    await counters.flush();
  },
  close: () => app.close(),
};

process.on('message', async ({ id, command }) => {
  try {
    process.send({ id, result: (await commands[command]()) ?? null });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
  if (command === 'close') process.disconnect();
});
process.on('disconnect', () => process.exit());

const server = createServer((_request, response) => response.end('alive')).listen(0, '127.0.0.1');
server.once('listening', () => process.send({ port: server.address().port }));
