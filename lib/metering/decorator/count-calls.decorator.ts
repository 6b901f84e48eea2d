import { InvalidOptionsError } from '../../errors.js';
import type {
  CountableMethod,
  CountCallsOptions,
  UnknownMethod,
} from '../rules/count-calls.types.js';
import { countingRule } from '../rules/counting-rule.js';
import { declare, declareClassSkipped, type Method } from '../rules/declarations.js';
import { countClass, countMethod } from './count-methods.js';

/**
 * Counts the calls of a method; on a class, of all methods that the class declares, and of the handlers that it inherits.
 * Counting does not delay a call, and cannot make it fail: what goes wrong is the event `rejected`. A text is the option `name`.
 *
 * @throws InvalidOptionsError, InvalidCounterNameError, InvalidArgumentError: an option is wrong; when the class is defined
 * @example
 * \@Get(':id')
 * \@CountCalls('views:{args.0}')
 * find(@Param('id') id: string) {}
 * @publicApi
 */
export function CountCalls<Counted extends CountableMethod = UnknownMethod>(
  options?: string | CountCallsOptions<Counted>,
): MethodDecorator & ClassDecorator {
  const given = typeof options === 'string' ? { name: options } : options;
  // the type of the method is there for those who write the functions
  const rule = countingRule(given as CountCallsOptions | undefined);
  return decorator('CountCalls', {
    ofClass: (prototype) => countClass(prototype, rule),
    ofMethod: (prototype, key, method) => countMethod(prototype, key, method, rule),
  });
}

/**
 * Leaves a method out of what `@CountCalls()` on its class counts; on a class, leaves out all methods that it inherits.
 *
 * @example
 * \@CountCalls()
 * class Orders {
 *   create() {}
 *
 *   \@SkipCountCalls()
 *   health() {}
 * }
 * @publicApi
 */
export function SkipCountCalls(): MethodDecorator & ClassDecorator {
  return decorator('SkipCountCalls', {
    ofClass: declareClassSkipped,
    ofMethod: (prototype, key, method) => {
      declare(prototype, key, { kind: 'skipped' });
      return method;
    },
  });
}

interface Targets {
  ofClass: (prototype: object) => void;
  /** Answers what takes the method's place. */
  ofMethod: (prototype: object, key: PropertyKey, method: Method) => Method;
}

function decorator(name: string, { ofClass, ofMethod }: Targets): MethodDecorator & ClassDecorator {
  return (target: object, key?: PropertyKey, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) {
      ofClass((target as { prototype: object }).prototype);
      return;
    }
    const method: unknown = descriptor?.value;
    if (typeof target === 'function' || descriptor === undefined || typeof method !== 'function') {
      const what = typeof target === 'function' ? 'static' : 'a property or an accessor';
      throw new InvalidOptionsError(
        `@${name}() must stand at a method of a class: ${String(key)} is ${what}`,
      );
    }
    descriptor.value = ofMethod(target, key, method as Method);
  };
}
