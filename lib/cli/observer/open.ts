import { findSource, makeMemoryCache } from '../../cache/cache-source.js';
import { createCounterCache } from '../../cache/create-counter-cache.js';
import { loadAdapter, makeRedisCache } from '../../cache/redis/keyv-adapter.js';
import { connectingStore } from '../../database/by-url/connecting-store.js';
import { dataSourceByUrl } from '../../database/by-url/data-source-by-url.js';
import type { CounterStore } from '../../database/counter-store.js';
import { namespacesOf } from '../../database/namespaces.js';
import { openCounterStore, type DataSource } from '../../database/open-counter-store.js';
import { CounterEvents } from '../../events.js';
import { resolveOptions, type ResolvedOptions } from '../../module/options/resolve-options.js';
import { InProcessQueue } from '../../queue/in-process-queue.js';
import { openQueues } from '../../queue/open-queues.js';
import type { PersistQueue } from '../../queue/persist-queue.js';
import { queueNames } from '../../queue/queue-settings.js';
import { findDriver } from '../../queue/redis/find-driver.js';
import { QueueClients } from '../../queue/redis/queue-clients.js';
import type { EnginePorts } from '../../module/engine/rooms.js';
import type { Place } from '../place.js';
import { WINDOWS } from '../../words/bucket-name.js';
import { findNamespace, type Namespace } from './namespace.js';
import { Observer } from './observer.js';

/** Milliseconds after which a call is given up: somebody waits for the answer. */
const COMMAND_TIMEOUT = 3_000;
const DATABASE_TIMEOUT = 10_000;
/** Windows are shown for as long as there are rows of them: how long they are kept the application alone knows. */
const FOR_EVER = Object.fromEntries(WINDOWS.map((window) => [window, 0]));

export interface Opened {
  observer: Observer;
  namespace: Namespace;
  dataSource: DataSource;
  place: Place;
  /** Whether what was found of the namespace at first is not so any more, as when Redis was away then. Never rejects. */
  hasChanged(): Promise<boolean>;
  close(): Promise<void>;
}

/** An observer of the namespace that a place names. Rejects with `Refusal` where nobody uses that namespace. */
export async function openObserver(place: Place, flushTimeout?: number): Promise<Opened> {
  const first = optionsOf(place, { flushTimeout });
  const dataSource = dataSourceByUrl(place.database);
  const source = await sourceOf(first);
  const embedded = source.kind === 'memory' ? source.states(first.namespace, 1).id : undefined;
  const namespaces = namespacesOf(first.namespace, embedded);
  const opened = openCounterStore(dataSource, namespaces, DATABASE_TIMEOUT);
  const store = connectingStore(dataSource, opened);
  const asked = { source, store, commandTimeout: COMMAND_TIMEOUT };
  const closeDatabase = async (): Promise<void> => {
    if (dataSource.isInitialized) await dataSource.destroy();
  };
  try {
    const namespace = await findNamespace(first.namespace, asked);
    const { queues, timeZone } = namespace;
    const options = optionsOf(place, { flushTimeout, queues, timeZone });
    const cache = createCounterCache(source, {
      ...{ namespace: options.namespace, queues, timeZone, commandTimeout: COMMAND_TIMEOUT },
      timings: { idempotencyTtl: options.idempotencyTtl },
    });
    const events = new CounterEvents(options.namespace);
    const ports = { cache, store: ofCopy(dataSource, store), events, source };
    const queue = await queueOf(options, place, ports);
    const observer = new Observer(options, { ...ports, queue });
    if (namespace.doubt !== undefined) {
      events.misconfigurations.note(namespace.doubt, namespace.doubt);
    }
    const close = async (): Promise<void> => {
      await observer.close();
      await closeDatabase();
    };
    const hasChanged = async (): Promise<boolean> => {
      const { settings } = await cache.look(0, []).catch(() => ({ settings: undefined }));
      if (settings && (settings.queues !== queues || settings.timeZone !== timeZone)) return true;
      if (namespace.doubt === undefined) return false;
      const now = await findNamespace(first.namespace, asked).catch(() => namespace);
      return now.doubt !== namespace.doubt;
    };
    return { observer, namespace, dataSource, place, hasChanged, close };
  } catch (error) {
    await closeDatabase();
    throw error;
  }
}

/** sql.js reads a file into the memory of each process: which database that is, the next process cannot say. */
function ofCopy({ options }: DataSource, store: CounterStore): CounterStore {
  if (options.type !== 'sqljs') return store;
  return Object.create(store, { redisNotes: { value: undefined } }) as CounterStore;
}

/** Checked as those of the module are. */
function optionsOf(
  { namespace, redis, queue }: Place,
  found: { queues?: number; timeZone?: string; flushTimeout?: number | undefined },
): ResolvedOptions {
  const { driver, prefix, redis: queueRedis } = queue;
  const counters = [{ prefix: '', windows: WINDOWS }];
  return resolveOptions({
    namespace,
    redis,
    workers: redis === undefined,
    queue: { driver, prefix, redis: queueRedis, count: found.queues },
    windows: { timeZone: found.timeZone, counters, retention: FOR_EVER },
    commandTimeout: COMMAND_TIMEOUT,
    databaseTimeout: DATABASE_TIMEOUT,
    flushTimeout: found.flushTimeout,
  });
}

async function sourceOf({ redis }: ResolvedOptions): Promise<EnginePorts['source']> {
  return findSource(
    redis === undefined ? makeMemoryCache() : makeRedisCache(redis, await loadAdapter()),
  );
}

async function queueOf(
  { namespace, queue, redis }: ResolvedOptions,
  place: Place,
  { cache, events }: Pick<EnginePorts, 'cache' | 'events'>,
): Promise<PersistQueue> {
  const deployment = queue.redis ?? redis;
  if (deployment === undefined) return new InProcessQueue();
  const clients = new QueueClients(deployment);
  const names = queueNames(queue.prefix, queue.count);
  const [name = ''] = names;
  const driver =
    place.queue.driver ?? (await findDriver(clients, { namespace, name }, COMMAND_TIMEOUT));
  const settings = { namespace, clients, commandTimeout: COMMAND_TIMEOUT };
  return openQueues({ driver: driver ?? 'bull', names, settings, cache, events });
}
