// A process that counts: the built package by its name, in a Nest application of its own. It is
// configured by its first argument and told what to do over IPC; counting-process.ts starts it.
import 'reflect-metadata';
import { Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CounterEvents, CounterService, FastCounterModule } from 'nestjs-fastcounter';
import { EntitySchema } from 'typeorm';
import { commandsFor } from './commands.mjs';
import { counterController } from './counter-controller.mjs';
import { missWorkersSooner } from './missing-workers.mjs';
import { watchPoints } from './points.mjs';
import { valkeyCache } from './valkey-cache.mjs';

/** @type {import('./protocol.js').ProcessConfiguration} */
const { databaseUrl, database, http, tally, client, signalAt, missing, viewed, outbox, ...given } =
  JSON.parse(process.argv[2] ?? '{}');
const { redis, ...others } = given;
/** A table of the application. */
const Viewed = new EntitySchema({
  name: 'viewed',
  columns: { id: { type: 'int', primary: true }, views: { type: 'bigint' } },
});
if (viewed) {
  others.columns = [{ counters: viewed, entity: () => Viewed, column: 'views' }];
  given.columns = others.columns;
}
if (outbox) {
  others.onPersisted = async ({ id, counts }, manager) => {
    for (const { name, delta } of counts) {
      await manager.query('INSERT INTO outbox VALUES ($1, $2, $3)', [id, name, String(delta)]);
    }
  };
  given.onPersisted = others.onPersisted;
}
const options = client === 'iovalkey' ? { ...others, cache: valkeyCache(redis) } : given;

/** All events but those that come with every call, to be told over IPC. */
const unreported = ['acknowledged', 'rejected', 'changed'];

if (missing) await missWorkersSooner(missing);

class RootModule {
  // before anything starts, so that no event is missed
  constructor(events) {
    const emit = events.emit.bind(events);
    events.emit = (name, given) => {
      if (!unreported.includes(name)) {
        const { error, ...payload } = given;
        const reason = error instanceof Error ? error.message : error;
        send({ event: name, payload: { ...payload, error: reason } });
      }
      return emit(name, given);
    };
  }
}
Inject(CounterEvents)(RootModule, undefined, 0);
Module({
  imports: [
    TypeOrmModule.forRoot({
      ...(databaseUrl.startsWith('mysql:')
        ? { type: 'mariadb', timezone: 'Z' }
        : { type: 'postgres' }),
      url: databaseUrl,
      autoLoadEntities: true,
      entities: viewed ? [Viewed] : [],
      ...database,
    }),
    FastCounterModule.forRoot(options),
  ],
  controllers: http ? [counterController()] : [],
})(RootModule);

const settings = {
  abortOnError: false,
  forceCloseConnections: http === 'forced',
  logger: ['log', 'warn', 'error'],
};
const app = http
  ? await NestFactory.create(RootModule, settings)
  : await NestFactory.createApplicationContext(RootModule, settings);
app.enableShutdownHooks();
if (signalAt) watchPoints(app, signalAt);

const commands = await commandsFor(app, app.get(CounterService), tally);
process.on('message', async ({ id, command, ...parameters }) => {
  try {
    send({ id, result: (await commands[command](parameters)) ?? null });
  } catch (error) {
    send({ id, error: { code: error.code, name: error.name, message: error.message } });
  }
  // nothing of ours keeps the process from now on
  if (command === 'close') process.disconnect();
});
// the tests are gone, or have heard that the application is closed
process.on('disconnect', () => {
  if (!commands.closed) process.exit(1);
});

if (http) await app.listen(0, '127.0.0.1');
else await app.init();
send({ ready: true, url: http ? await app.getUrl() : undefined });

/** JSON has no bigints. */
function send(message) {
  if (process.connected)
    process.send(
      JSON.parse(
        JSON.stringify(message, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      ),
    );
}
