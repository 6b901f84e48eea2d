import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CounterService } from '../counting/counter.service.js';
import { InvalidOptionsError } from '../errors.js';
import { CounterEvents } from '../events.js';
import { callMetering } from '../metering/meter/call-metering.module.js';
import { CallMeter } from '../metering/meter/call-meter.js';
import { QuotaTaker } from '../metering/service/quota-taker.js';
import { tellOtherCopies } from '../module/copies.js';
import type { ResolvedOptions } from '../module/options/resolve-options.js';
import { handlesModule } from '../module/named/handles.module.js';
import { services, servicesOf } from '../module/services.js';
import {
  COUNTER_CACHE,
  COUNTER_STORE,
  FAST_COUNTER_OPTIONS,
  PERSIST_QUEUE,
} from '../module/tokens.js';
import { InProcessQueue } from '../queue/in-process-queue.js';
import { TEST_ENGINE } from './clear-counters.js';
import { TestMemory } from './memory.js';
import { TestEngine } from './test-engine.js';
import { type FastCounterTestingOptions, resolveTestingOptions } from './testing-options.js';

tellOtherCopies();

/** Connects the decorated methods of the application, until it closes. */
@Injectable()
class TestLifecycle implements OnApplicationShutdown {
  constructor(
    @Inject(TEST_ENGINE) private readonly engine: TestEngine,
    private readonly meter: CallMeter,
    modules: ModulesContainer,
    counters: CounterService,
    events: CounterEvents,
  ) {
    const counting = [...modules.values()].filter((it) => it.providers.has(FAST_COUNTER_OPTIONS));
    if (counting.length > 1) throw besideAnother();
    const double = counters instanceof CounterService ? undefined : counters;
    meter.connect(engine.parts.increments, events, double);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.engine.stop();
    this.meter.disconnect();
  }
}

@Module({})
class TestCoreModule {}

const besideAnother = (): InvalidOptionsError =>
  new InvalidOptionsError(
    'FastCounterTestingModule.forRoot() is in this application twice, or beside FastCounterModule: keep one of them. In a test of a ' +
      'module that imports FastCounterModule, put it in the place of that: overrideModule(counting).useModule(FastCounterTestingModule.forRoot()), ' +
      'where "counting" is the constant that has the answer of FastCounterModule.forRoot()',
  );

/**
 * Provides what `FastCounterModule` provides, for tests: `CounterService`, `MeteringService`, `ParkedCounts` and `CounterEvents`, and
 * `@CountCalls()` and `@Quota()` count. It is the shipped code, on the memory of the application: without Redis and without a database.
 * It needs no `init()`, and works under the fake timers of Jest, Vitest and node:test without advancing them. Windows, quotas, idempotency
 * keys and update intervals follow the fake clock.
 *
 * @example
 * const module = await Test.createTestingModule({
 *   imports: [FastCounterTestingModule.forRoot()],
 *   providers: [Downloads],
 * }).compile();
 * @publicApi
 */
@Module({})
export class FastCounterTestingModule {
  /**
   * The module, with a memory of its own.
   *
   * @throws InvalidOptionsError with key and value of an option that is wrong, or has no meaning in a test
   */
  static forRoot(options?: FastCounterTestingOptions): DynamicModule {
    const resolved = resolveTestingOptions(options);
    const memory = { provide: TestMemory, useFactory: () => new TestMemory(resolved) };
    const ports: FactoryProvider[] = [
      {
        provide: COUNTER_CACHE,
        inject: [TestMemory],
        useFactory: ({ cache }: TestMemory) => cache,
      },
      {
        provide: COUNTER_STORE,
        inject: [TestMemory],
        useFactory: ({ store }: TestMemory) => store,
      },
      { provide: PERSIST_QUEUE, useFactory: () => new InProcessQueue() },
    ];
    const engine: FactoryProvider<TestEngine> = {
      provide: TEST_ENGINE,
      inject: [FAST_COUNTER_OPTIONS, TestMemory, PERSIST_QUEUE, CounterEvents],
      useFactory: (
        given: ResolvedOptions,
        ...[made, queue, events]: [TestMemory, InProcessQueue, CounterEvents]
      ) => new TestEngine(given, made, queue, events),
    };
    const given = { provide: FAST_COUNTER_OPTIONS, useValue: resolved };
    const metering = callMetering();
    const shown = [given, ...ports];
    const core: DynamicModule = {
      module: TestCoreModule,
      imports: [metering],
      providers: [...shown, memory, engine, ...servicesOf(TEST_ENGINE), TestLifecycle],
      exports: [...shown, ...services, QuotaTaker, metering],
    };
    const imports = [core, handlesModule(core, undefined)];
    const { isGlobal } = resolved;
    return { module: FastCounterTestingModule, global: isGlobal, imports, exports: [core] };
  }
}
