import { Inject, Optional } from '@nestjs/common';
import { CallMeter } from './call-meter.js';
import { deliverContexts } from '../context/context-delivery.js';

const METER = Symbol('CallMeter');

interface Metered {
  [METER]?: CallMeter;
}

// the meters of objects to which no property can be added
const frozen = new WeakMap<object, CallMeter>();

/**
 * Makes Nest inject the meter of the application into every object of this class, of whatever scope and module. In an
 * application without `FastCounterModule` there is no meter.
 */
export function injectMeter(prototype: object): void {
  if (METER in prototype) return;
  Object.defineProperty(prototype, METER, {
    configurable: true,
    get(this: object) {
      return frozen.get(this);
    },
    set(this: object, meter: unknown) {
      // a test module that mocks every missing provider injects something else
      if (meter instanceof CallMeter) bindMeter(this, meter);
    },
  });
  Inject(CallMeter)(prototype, METER);
  Optional()(prototype, METER);
}

export const takesMeter = (instance: unknown): instance is object =>
  typeof instance === 'object' && instance !== null && METER in instance;

export function bindMeter(instance: object, meter: CallMeter): void {
  if (Object.isExtensible(instance)) {
    Object.defineProperty(instance, METER, { value: meter, configurable: true });
  } else {
    frozen.set(instance, meter);
  }
  deliverContexts(instance);
}

export function meterOf(instance: unknown): CallMeter | undefined {
  return (instance as Metered | null | undefined)?.[METER];
}
