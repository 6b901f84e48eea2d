import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { bindMeter, meterOf, takesMeter } from './bind-meter.js';
import { CallMeter } from './call-meter.js';

/** Gives the meter to objects of factory and value providers: Nest injects only into objects that it makes itself. */
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

/** Global even where the counters are not: the module of a decorated class need not import anything. */
export function callMetering(): DynamicModule {
  return {
    module: CallMeteringModule,
    global: true,
    providers: [CallMeter, ProvidedObjects],
    exports: [CallMeter],
  };
}
