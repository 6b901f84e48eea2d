import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getQueueToken } from '@nestjs/bull';
import { CounterEvents } from 'nestjs-fastcounter';

const QUEUES = 5;

/**
 * What this process holds at the moment, and no longer than it must: garbage is collected first.
 *
 * @param {import('@nestjs/common').INestApplicationContext} app
 * @param {import('nestjs-fastcounter').CounterService} counters
 * @returns {Promise<import('./protocol.js').ProbeReport>}
 */
export async function probe(app, counters) {
  const { buffer } = await counters.status();
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((kind) => kind === 'Timeout').length;
  return {
    heap: heapUsed,
    resident: rss,
    timers,
    handles: resources.length - timers,
    listeners: emittersOf(app).reduce((sum, emitter) => sum + listenersOf(emitter), 0),
    buffered: buffer.entries,
  };
}

function emittersOf(app) {
  const queues = Array.from({ length: QUEUES }, (_, partition) =>
    app.get(getQueueToken(`PersistCounter${partition}`)),
  );
  return [process, app.get(CounterEvents), ...queues, ...queues.flatMap(({ clients }) => clients)];
}

const listenersOf = (emitter) =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);

function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
