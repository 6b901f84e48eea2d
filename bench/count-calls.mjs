/**
 * What @CountCalls() costs a Fastify endpoint: each endpoint in turn takes the same load, again and
 * again, and is compared with the bare one of its round: requests per second of the server's
 * processor time, which a busy machine falsifies less than those per second. Medians of the ratios.
 *
 *   npm run build && npx nest build sample-app && node bench/count-calls.mjs [rounds] [seconds]
 */
import { connect } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Inject, Module, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CountCalls, CounterService, FastCounterModule } from 'nestjs-fastcounter';
import { freePort, startEmbeddedPostgres } from '../sample-app/dist/database/embedded-postgres.js';

const CONNECTIONS = 50;
const paths = ['bare', 'bare2', 'fixed', 'context', 'template', 'interceptor', 'incr'];

if (process.send === undefined) await main();
else load(Number(process.argv[2]));

async function main() {
  const [rounds = 15, seconds = 2] = process.argv.slice(2).map(Number);
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-bench-'));
  const database = await startEmbeddedPostgres({
    dataDirectory: join(directory, 'data'),
    port: await freePort(),
    persistent: true,
  });
  const redis = await startRedis(directory);
  const app = await NestFactory.create(moduleOn(database.url, redis.url), new FastifyAdapter(), {
    logger: false,
    forceCloseConnections: true,
  });
  await app.listen(0, '127.0.0.1');
  const port = app.getHttpServer().address().port;
  const client = fork(fileURLToPath(import.meta.url), [String(port)]);
  const measure = (path) =>
    new Promise((resolve) => {
      const before = process.cpuUsage();
      client.once('message', (done) => {
        const { user, system } = process.cpuUsage(before);
        resolve((done / (user + system)) * 1_000_000);
      });
      client.send({ path, milliseconds: seconds * 1000 });
    });

  for (const path of paths) await measure(path);
  const rates = Object.fromEntries(paths.map((path) => [path, []]));
  for (let round = 0; round < rounds; round++) {
    // every endpoint has each place of a round in turn
    for (let place = 0; place < paths.length; place++) {
      const path = paths[(round + place) % paths.length];
      rates[path].push(await measure(path));
    }
  }
  for (const path of paths) {
    const ratios = rates[path].map((rate, round) => rate / rates.bare[round]);
    console.log(
      `${path.padEnd(12)} ${Math.round(median(rates[path]))}/s  ${median(ratios).toFixed(3)}`,
    );
  }
  const counters = app.get(CounterService);
  console.log(await counters.getCounts(['Hello.fixed', 'GET /context']));
  client.kill();
  await app.close();
  await database.stop();
  redis.server.kill();
  await once(redis.server, 'exit');
  await rm(directory, { recursive: true, force: true });
}

async function startRedis(directory) {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--dir', directory, '--appendonly', 'yes'],
    {
      stdio: 'ignore',
    },
  );
  return { server, url: `redis://127.0.0.1:${port}` };
}

function moduleOn(url, redis) {
  class Hello {}
  const endpoint = (path, ...decorators) => {
    Object.defineProperty(Hello.prototype, path, {
      value: () => 'hello',
      writable: true,
      configurable: true,
    });
    const descriptor = Object.getOwnPropertyDescriptor(Hello.prototype, path);
    for (const decorate of [...decorators, Get(path)]) decorate(Hello.prototype, path, descriptor);
    Object.defineProperty(Hello.prototype, path, descriptor);
  };
  const nothing = { intercept: (_context, next) => next.handle() };
  const byContext = ({ context }) => {
    const { method, url: path } = context.switchToHttp().getRequest();
    return `${method} ${path}`;
  };
  endpoint('bare');
  endpoint('bare2');
  endpoint('fixed', CountCalls());
  endpoint('context', CountCalls({ name: byContext }));
  endpoint('template', CountCalls({ name: 'host:{request.headers.host}' }));
  endpoint('interceptor', UseInterceptors(nothing));
  endpoint('incr');
  Hello.prototype.incr = function () {
    void this.counters.incr('by hand');
    return 'hello';
  };
  Get('incr')(Hello.prototype, 'incr', Object.getOwnPropertyDescriptor(Hello.prototype, 'incr'));
  Inject(CounterService)(Hello.prototype, 'counters');
  Controller()(Hello);

  class AppModule {}
  Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url, autoLoadEntities: true, synchronize: true }),
      FastCounterModule.forRoot({ redis }),
    ],
    controllers: [Hello],
  })(AppModule);
  return AppModule;
}

/** `CONNECTIONS` connections, each with one request under way. */
function load(port) {
  let path = '';
  let done = 0;
  let running = false;
  const request = () => `GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (!received.endsWith('hello')) return;
      received = '';
      if (!running) return;
      done++;
      socket.write(request());
    });
    return socket;
  });
  process.on('message', async ({ path: next, milliseconds }) => {
    path = next;
    done = 0;
    running = true;
    for (const socket of sockets) socket.write(request());
    await sleep(milliseconds);
    running = false;
    // those under way are answered
    await sleep(100);
    process.send?.(done);
  });
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
