import { type DynamicModule, Module } from '@nestjs/common';
import { callMetering } from '../metering/meter/call-metering.module.js';
import { registerEntities } from '../database/persistence-module.js';
import { tellOtherCopies } from './copies.js';
import { FastCounterCoreModule } from './core.module.js';
import { Lifecycle } from './lifecycle.js';
import type { FastCounterAsyncOptions, FastCounterOptions } from './options/options.js';
import { asyncOptions, optionsModule } from './options.module.js';
import { coreProviders, publicProviders } from './providers.js';
import { FastCounterQueuesModule, queuesModule } from './queues.module.js';
import { isEmbedded, resolveOptions, type ResolvedOptions } from './options/resolve-options.js';

tellOtherCopies();

/**
 * Provides `CounterService`, `MeteringService`, `ParkedCounts` and `CounterEvents`. Import it once in an application.
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
  static forRoot(options?: FastCounterOptions): DynamicModule {
    const resolved = resolveOptions(options);
    return assemble(resolved, optionsModule({ useFactory: () => resolved }), !isEmbedded(resolved));
  }

  /**
   * The module with options from a factory. `isGlobal`, `dataSource`, `queue.driver`, `queue.prefix` and `queue.count` stand
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
    return assemble(resolved, optionsModule(source), true);
  }
}

/** A global shell without hooks of its own around the core. */
function assemble(
  resolved: ResolvedOptions,
  options: DynamicModule,
  withQueues: boolean,
): DynamicModule {
  const { isGlobal, dataSource } = resolved;
  registerEntities(dataSource);
  // Nest tells dynamic modules apart by reference: the same object wherever it is imported
  const modules = [options, callMetering()];
  const queues = withQueues ? [queuesModule(resolved, options)] : [];
  const core: DynamicModule = {
    module: FastCounterCoreModule,
    imports: [...modules, ...queues],
    providers: [Lifecycle, ...coreProviders(dataSource)],
    exports: [...publicProviders, ...modules, ...(withQueues ? [FastCounterQueuesModule] : [])],
  };
  return { module: FastCounterModule, global: isGlobal, imports: [core], exports: [core] };
}
