import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import {
  type CacheManagerCache,
  type CacheSource,
  findSource,
  makeMemoryCache,
} from '../cache/cache-source.js';
import { loadAdapter, makeRedisCache } from '../cache/redis/keyv-adapter.js';
import { InvalidOptionsError, quote } from '../errors.js';
import type { QueueSettings } from '../queue/queue-settings.js';
import { QueueClients } from '../queue/redis/queue-clients.js';
import { expectOwnRows, importedTwice } from './named/apart.js';
import { getFastCounterToken } from './named/services.js';
import { isRecord, wrongOption } from './options/option-reader.js';
import type { FastCounterAsyncOptions, FastCounterOptionsFactory } from './options/options.js';
import {
  embeddedWithoutWorkers,
  resolveOptions,
  type ResolvedOptions,
} from './options/resolve-options.js';
import {
  QUEUE_SETTINGS,
  CACHE_SOURCE,
  FAST_COUNTER_CACHE_MANAGER,
  FAST_COUNTER_OPTIONS,
  MODULE_NAME,
} from './tokens.js';

/** Where the resolved options come from. */
interface OptionsSource extends Pick<FactoryProvider<ResolvedOptions>, 'inject' | 'useFactory'> {
  imports?: DynamicModule['imports'];
  providers?: Provider[];
}

/** The options, and providers that depend on them alone: the queues need these before the core module is made. */
@Module({})
class FastCounterOptionsModule {
  constructor(modules: ModulesContainer, @Inject(MODULE_NAME) name: string) {
    const all = [...modules.values()].filter(
      ({ metatype }) => metatype === FastCounterOptionsModule,
    );
    const names = all.map((one) => one.getProviderByKey<unknown>(MODULE_NAME).instance);
    if (names.filter((one) => one === name).length > 1) throw importedTwice(name);
  }
}

export function optionsModule(source: OptionsSource, name?: string): DynamicModule {
  const options = getFastCounterToken(FAST_COUNTER_OPTIONS, name);
  const cacheManager = getFastCounterToken(FAST_COUNTER_CACHE_MANAGER, name);
  const providers: FactoryProvider[] = [
    {
      provide: options,
      inject: [ModulesContainer, ...(source.inject ?? [])],
      useFactory: async (application: ModulesContainer, ...given: unknown[]) => {
        const resolved = await source.useFactory(...given);
        expectOwnRows(application, resolved);
        return resolved;
      },
    },
    {
      provide: cacheManager,
      inject: [options],
      useFactory: ({ cache, redis }: ResolvedOptions) => cache ?? cacheOf(redis),
    },
    { provide: CACHE_SOURCE, inject: [cacheManager], useFactory: findSource },
    {
      provide: QUEUE_SETTINGS,
      inject: [options, CACHE_SOURCE],
      useFactory: queueSettings,
    },
  ];
  return {
    module: FastCounterOptionsModule,
    imports: source.imports,
    providers: [
      { provide: MODULE_NAME, useValue: name ?? '' },
      ...(source.providers ?? []),
      ...providers,
    ],
    exports: providers,
  };
}

/** What says which providers there are. */
const FIXED = ['isGlobal', 'dataSource', 'name'];
/** What the options of the queues say about which providers there are. */
const FIXED_OF_QUEUE = ['driver', 'prefix', 'count'];

/** The options that stand beside the factory, and a source of all options, which calls the factory. */
export function asyncOptions(given: FastCounterAsyncOptions): {
  resolved: ResolvedOptions;
  source: OptionsSource;
} {
  const { imports, inject, useFactory, useClass, useExisting, ...fixed } = given;
  const ways = [useFactory, useClass, useExisting].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new InvalidOptionsError(
      'forRootAsync() needs exactly one of "useFactory", "useClass" and "useExisting"',
    );
  }
  refuseBeside(fixed, [...FIXED, 'queue']);
  refuseBeside(fixed.queue ?? {}, FIXED_OF_QUEUE, 'queue.');
  const resolve = (answered: unknown): ResolvedOptions => resolveOptions(merge(answered, fixed));
  const resolved = resolveOptions({ ...fixed });
  if (useFactory !== undefined) {
    const call = useFactory as (...args: unknown[]) => unknown;
    const source = {
      imports,
      inject,
      useFactory: async (...args: unknown[]) => resolve(await call(...args)),
    };
    return { resolved, source };
  }
  const token = useClass ?? useExisting;
  const source: OptionsSource = {
    imports,
    providers: useClass === undefined ? [] : [useClass],
    inject: token === undefined ? [] : [token],
    useFactory: async (factory: FastCounterOptionsFactory) =>
      resolve(await factory.createFastCounterOptions()),
  };
  return { resolved, source };
}

async function cacheOf(redis: ResolvedOptions['redis']): Promise<CacheManagerCache> {
  return redis === undefined ? makeMemoryCache() : makeRedisCache(redis, await loadAdapter());
}

type Fixed = Pick<FastCounterAsyncOptions, 'isGlobal' | 'dataSource' | 'name' | 'queue'>;

function merge(answered: unknown, fixed: Fixed): unknown {
  // an answer of undefined is refused as null is
  if (!isRecord(answered)) return answered ?? null;
  const { queue = {}, ...others } = answered;
  if (!isRecord(queue)) return answered;
  for (const key of FIXED) refuse(others, key, key);
  for (const key of FIXED_OF_QUEUE) refuse(queue, key, `queue.${key}`);
  return { ...others, ...fixed, queue: { ...queue, ...fixed.queue } };
}

/** Refuses options beside the factory, but for those that decide which providers exist. */
function refuseBeside(given: object, allowed: readonly string[], path = ''): void {
  for (const [key, value] of Object.entries(given) as [string, unknown][]) {
    if (allowed.includes(key) || value === undefined) continue;
    throw wrongOption(
      path + key,
      value,
      'must come from the factory of forRootAsync(), not stand beside it',
    );
  }
}

function refuse(answered: object, key: string, path: string): void {
  const value = (answered as Record<string, unknown>)[key];
  if (value === undefined) return;
  throw new InvalidOptionsError(
    `Option "${path}" (given: ${quote(value)}) decides which providers exist: give it to forRootAsync() beside the factory, not from the factory`,
  );
}

function queueSettings(
  { namespace, queue, workers, commandTimeout }: ResolvedOptions,
  source: CacheSource,
): QueueSettings {
  const { redis, settings } = queue;
  if (source.kind === 'memory') {
    if (!workers) throw embeddedWithoutWorkers();
    return { namespace, commandTimeout, settings };
  }
  const deployment = redis ?? source.deployment;
  if (deployment === undefined) {
    throw new InvalidOptionsError(
      'Option "queue.redis" must be given: the queues need an address, and the client in "cache" has none to tell. It uses a ' +
        'Unix socket, or a function that maps addresses',
    );
  }
  return { namespace, clients: new QueueClients(deployment), commandTimeout, settings };
}
