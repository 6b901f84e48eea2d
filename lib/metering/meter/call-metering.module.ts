import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { bindMeter, meterOf, takesMeter } from './bind-meter.js';
import { CallMeter } from './call-meter.js';

/** Gives the meter to what a factory or a value provides: Nest injects only into what it makes itself. */
@Injectable()
class ProvidedObjects implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly meter: CallMeter,
  ) {}

  onModuleInit(): void {
    for (const { providers } of this.modules.values()) {
      for (const wrapper of providers.values()) {
        if (!wrapper.isNotMetatype || !wrapper.isDependencyTreeStatic()) continue;
        const instance: unknown = wrapper.instance;
        if (takesMeter(instance) && meterOf(instance)?.connected !== true) {
          bindMeter(instance, this.meter);
        }
      }
    }
  }
}

@Module({})
class CallMeteringModule {}

/** Global whether or not the counters are: a decorated class need not import anything. */
export function callMetering(): DynamicModule {
  return {
    module: CallMeteringModule,
    global: true,
    providers: [CallMeter, ProvidedObjects],
    exports: [CallMeter],
  };
}
