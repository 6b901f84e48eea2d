import { type DynamicModule, Module } from '@nestjs/common';
import { CallMeter } from '../metering/meter/call-meter.js';
import { callMetering } from '../metering/meter/call-metering.module.js';
import { registerEntities } from '../database/persistence-module.js';
import { tellOtherCopies } from './copies.js';
import { FastCounterCoreModule } from './core.module.js';
import { featureModule, handlesModule } from './named/handles.module.js';
import type { FastCounterAsyncOptions, FastCounterOptions } from './options/options.js';
import { asyncOptions, optionsModule } from './options.module.js';
import { coreProviders, publicProviders } from './providers.js';
import { FastCounterQueuesModule, queuesModule } from './queues.module.js';
import { isEmbedded, resolveOptions, type ResolvedOptions } from './options/resolve-options.js';

tellOtherCopies();

/**
 * Provides `CounterService`, `MeteringService`, `ParkedCounts` and `CounterEvents`. Import it once in an application; further
 * ones have a `name` each.
 *
 * @example
 * \@Module({
 *   imports: [
 *     TypeOrmModule.forRoot({ type: 'postgres', url: process.env.DATABASE_URL, autoLoadEntities: true }),
 *     FastCounterModule.forRoot({ redis: process.env.REDIS_URL }),
 *   ],
 * })
 * export class AppModule {}
 * @publicApi
 */
@Module({})
export class FastCounterModule {
  /**
   * The module with options that are known when the application is put together.
   *
   * @throws InvalidOptionsError with key and value of an option that is wrong
   */
  static forRoot(given?: FastCounterOptions): DynamicModule {
    const resolved = resolveOptions(given);
    const options = optionsModule({ useFactory: () => resolved }, resolved.name);
    return assemble(resolved, options, !isEmbedded(resolved));
  }

  /**
   * The module with options from a factory. `isGlobal`, `dataSource`, `name`, `queue.driver`, `queue.prefix` and `queue.count` stand
   * beside the factory, as they decide which providers exist.
   *
   * @throws InvalidOptionsError now for what stands beside the factory; what the factory answers is checked at start-up
   * @example
   * FastCounterModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ redis: config.getOrThrow('REDIS_URL') }),
   * });
   */
  static forRootAsync(options: FastCounterAsyncOptions): DynamicModule {
    const { resolved, source } = asyncOptions(options);
    return assemble(resolved, optionsModule(source, resolved.name), true);
  }

  /**
   * Provides a handle for each name, for `@InjectCounter()`. `module` is the name of the module that counts, where it has one.
   *
   * @throws InvalidOptionsError now, where `names` is no array of texts; at start-up InvalidCounterNameError for a name that is wrong
   * @example
   * \@Module({ imports: [FastCounterModule.forFeature(['views', 'likes'])], providers: [ArticlesService] })
   * export class ArticlesModule {}
   */
  static forFeature(names: readonly string[], module?: string): DynamicModule {
    return featureModule(names, module);
  }
}

/**
 * A global shell without hooks of its own around the core. What a module with a name provides has tokens of that name: also
 * `app.get()`, which looks everywhere, finds the module without a name by the classes.
 */
function assemble(
  resolved: ResolvedOptions,
  options: DynamicModule,
  withQueues: boolean,
): DynamicModule {
  const { isGlobal, dataSource, name } = resolved;
  registerEntities(dataSource);
  // Nest tells dynamic modules apart by reference: the same object wherever it is imported
  const modules = name === undefined ? [options, callMetering()] : [options];
  const queues = withQueues ? [queuesModule(resolved, options)] : [];
  const core: DynamicModule = {
    module: FastCounterCoreModule,
    imports: [...modules, ...queues],
    providers: [...coreProviders(resolved), ...(name === undefined ? [] : [CallMeter])],
    exports: [
      ...publicProviders(name),
      ...modules,
      ...(withQueues ? [FastCounterQueuesModule] : []),
    ],
  };
  const imports = [core, handlesModule(core, name)];
  return { module: FastCounterModule, global: isGlobal, imports, exports: [core] };
}
