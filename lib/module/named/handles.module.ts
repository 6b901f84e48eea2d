import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { CounterService } from '../../counting/counter.service.js';
import { NamedCounter } from '../../counting/named-counter.js';
import { InvalidOptionsError, quote } from '../../errors.js';
import { CounterEvents } from '../../events.js';
import { MeteringService } from '../../metering/service/metering.service.js';
import { getCounterToken, getFastCounterToken, handlesToken } from './services.js';

/** What handles are made of. */
interface Handles {
  of: (name: string) => NamedCounter;
}

@Module({})
class FastCounterHandlesModule {}

@Module({})
class FastCounterFeatureModule {}

/** Global even where the counters are not: a module with handles need not import the module that counts. */
export function handlesModule(core: DynamicModule, module: string | undefined): DynamicModule {
  const handles: FactoryProvider<Handles> = {
    provide: handlesToken(module),
    inject: [
      getFastCounterToken(CounterService, module),
      getFastCounterToken(MeteringService, module),
      getFastCounterToken(CounterEvents, module),
    ],
    useFactory: (counters: CounterService, metering: MeteringService, events: CounterEvents) => ({
      of: (name) => new NamedCounter(name, counters, metering, events),
    }),
  };
  return {
    module: FastCounterHandlesModule,
    global: true,
    imports: [core],
    providers: [handles],
    exports: [handles],
  };
}

/** Provides the handles with these names. */
export function featureModule(names: unknown, module: string | undefined): DynamicModule {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new InvalidOptionsError(
      `forFeature() takes an array with the names of handles, not ${quote(names)}`,
    );
  }
  const providers = names.map((name): FactoryProvider<NamedCounter> => ({
    provide: getCounterToken(name, module),
    inject: [{ token: handlesToken(module), optional: true }],
    useFactory: (handles?: Handles) => {
      if (handles === undefined) throw nobodyCounts(name, module);
      return handles.of(name);
    },
  }));
  return { module: FastCounterFeatureModule, providers, exports: providers };
}

function nobodyCounts(name: string, module: string | undefined): InvalidOptionsError {
  const which = module === undefined ? 'without a name' : `with the name ${quote(module)}`;
  return new InvalidOptionsError(
    `FastCounterModule.forFeature() is to provide the handle ${quote(name)}, and this application has no FastCounterModule ${which}: ` +
      'import FastCounterModule.forRoot() or forRootAsync() once',
  );
}
