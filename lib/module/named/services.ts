import { Inject, type InjectionToken } from '@nestjs/common';
import { CounterService } from '../../counting/counter.service.js';
import { CounterEvents } from '../../events.js';
import { MeteringService } from '../../metering/service/metering.service.js';
import { ParkedCounts } from '../../operating/parked-counts.js';

/** The classes that are tokens, by words that no bundler renames. */
const CLASSES = new Map<unknown, string>([
  [CounterService, 'CounterService'],
  [MeteringService, 'MeteringService'],
  [ParkedCounts, 'ParkedCounts'],
  [CounterEvents, 'CounterEvents'],
]);

const tokenOf = (what: string, module: string | undefined): symbol =>
  Symbol.for(`nestjs-fastcounter:${what}${module === undefined ? '' : ` of module ${module}`}`);

/**
 * The token of what the `FastCounterModule` with this name provides, for `app.get()`, `inject` and `overrideProvider()`: of a service, or of
 * another token, such as `COUNTER_STORE`. Of the module without a name it is the class or the token itself.
 *
 * @example
 * const billing = app.get<CounterService>(getFastCounterToken(CounterService, 'billing'));
 * @publicApi
 */
export function getFastCounterToken<Token extends InjectionToken>(
  token: Token,
  module?: string,
): Token | symbol {
  if (module === undefined) return token;
  if (typeof token === 'symbol')
    return Symbol.for(`${token.description ?? ''} of module ${module}`);
  return tokenOf(CLASSES.get(token) ?? String(token), module);
}

/**
 * The token of a handle that `FastCounterModule.forFeature()` provides.
 *
 * @example
 * testing.overrideProvider(getCounterToken('views')).useValue({ incr: async () => undefined });
 * @publicApi
 */
export const getCounterToken = (name: string, module?: string): symbol =>
  tokenOf(`counter ${name}`, module);

/** Not for users: what handles of a module are made of. */
export const handlesToken = (module?: string): symbol => tokenOf('HANDLES', module);

const injecting = (token: InjectionToken): ParameterDecorator & PropertyDecorator => Inject(token);

/**
 * Injects the handle of counters of one kind, a `NamedCounter`, where the module imports `FastCounterModule.forFeature()` with its name.
 * `module` is the name of the `FastCounterModule` that counts.
 *
 * @example
 * constructor(@InjectCounter('views') private readonly views: NamedCounter) {}
 * @publicApi
 */
export const InjectCounter = (
  name: string,
  module?: string,
): ParameterDecorator & PropertyDecorator => injecting(getCounterToken(name, module));

/**
 * Injects the `CounterService` of the `FastCounterModule` with this name.
 *
 * @example
 * constructor(@InjectCounterService('billing') private readonly counters: CounterService) {}
 * @publicApi
 */
export const InjectCounterService = (module?: string): ParameterDecorator & PropertyDecorator =>
  injecting(getFastCounterToken(CounterService, module));

/**
 * Injects the `MeteringService` of the `FastCounterModule` with this name.
 *
 * @example
 * constructor(@InjectMeteringService('billing') private readonly metering: MeteringService) {}
 * @publicApi
 */
export const InjectMeteringService = (module?: string): ParameterDecorator & PropertyDecorator =>
  injecting(getFastCounterToken(MeteringService, module));

/**
 * Injects the `ParkedCounts` of the `FastCounterModule` with this name.
 *
 * @example
 * constructor(@InjectParkedCounts('billing') private readonly parked: ParkedCounts) {}
 * @publicApi
 */
export const InjectParkedCounts = (module?: string): ParameterDecorator & PropertyDecorator =>
  injecting(getFastCounterToken(ParkedCounts, module));

/**
 * Injects the `CounterEvents` of the `FastCounterModule` with this name.
 *
 * @example
 * constructor(@InjectCounterEvents('billing') private readonly events: CounterEvents) {}
 * @publicApi
 */
export const InjectCounterEvents = (module?: string): ParameterDecorator & PropertyDecorator =>
  injecting(getFastCounterToken(CounterEvents, module));
