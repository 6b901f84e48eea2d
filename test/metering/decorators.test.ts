import { EventEmitter } from 'node:events';
import { applyDecorators, Get, Injectable, Param, SetMetadata, type Type } from '@nestjs/common';
import { expect, test } from 'vitest';
import {
  CountCalls,
  type CountCallsOptions,
  type CountedCall,
  CounterEvents,
  InvalidArgumentError,
  InvalidCounterNameError,
  InvalidOptionsError,
  MeteringService,
  SkipCountCalls,
} from '../../lib/index.js';
import { counted, startCounting } from './counting.js';

/** Calls methods of objects of these classes, and answers what that counted. */
async function countsOf<Instance>(
  types: readonly Type<Instance>[],
  call: (...made: [Instance, ...Instance[]]) => unknown,
): Promise<Record<string, number>> {
  const app = await startCounting({ providers: [...types] });
  const [first, ...others] = types.map((type) => app.get(type));
  if (first !== undefined) await call(first, ...others);
  return counted(app);
}

const Wrapped = (): MethodDecorator => (_target, _key, descriptor: PropertyDescriptor) => {
  const inner = descriptor.value as (...args: unknown[]) => string;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    return `(${inner.apply(this, args)})`;
  };
};

test('other decorators keep their metadata, above and below', () => {
  interface Methods {
    method: (id: string, second: number) => string;
  }
  class Decorated {
    @SetMetadata('above', 1)
    @CountCalls()
    @SetMetadata('below', 2)
    @Get('path')
    method(@Param('id') id: string, second: number): string {
      return id.repeat(second);
    }
  }
  const method = Reflect.get<Methods, 'method'>(Decorated.prototype, 'method');
  expect(Reflect.getMetadata('above', method)).toBe(1);
  expect(Reflect.getMetadata('below', method)).toBe(2);
  expect(Reflect.getMetadata('path', method)).toBe('path');
  expect(Reflect.getMetadata('design:paramtypes', Decorated.prototype, 'method')).toEqual([
    String,
    Number,
  ]);
  expect([method.name, method.length]).toEqual(['method', 2]);
  expect(Object.keys(Decorated.prototype)).toEqual([]);
});

test('what another decorator put on the function stays', () => {
  const marked = Symbol('marked');
  const Mark = (): MethodDecorator => (_target, _key, descriptor) => {
    Object.assign(descriptor.value as object, { [marked]: 'here', schema: { type: 'object' } });
  };
  class Decorated {
    @CountCalls()
    @Mark()
    method(): void {
      return undefined;
    }
  }
  const method: unknown = Reflect.get(Decorated.prototype, 'method');
  expect({ ...(method as object) }).toEqual({ [marked]: 'here', schema: { type: 'object' } });
});

test('decorators that wrap the method, above and below', async () => {
  @Injectable()
  class Shop {
    @Wrapped()
    @CountCalls()
    @CountCalls({ name: 'second' })
    @Wrapped()
    @CountCalls({ name: 'inner:{result}' })
    sell(): string {
      return 'sold';
    }
  }
  expect(await countsOf([Shop], (shop) => expect(shop.sell()).toBe('((sold))'))).toEqual({
    'Shop.sell': 1,
    second: 1,
    'inner:sold': 1,
  });
});

test('several on one method, also as one decorator', async () => {
  const Metered = (): MethodDecorator =>
    applyDecorators(
      CountCalls(),
      CountCalls({ name: 'bytes', delta: ({ result }) => String(result).length }),
      CountCalls({ name: 'big', when: ({ result }) => String(result).length > 3 }),
    );
  @Injectable()
  class Store {
    @Metered()
    load(what: string): string {
      return what;
    }
  }
  const counts = await countsOf([Store], (store) => {
    store.load('four');
    store.load('one');
  });
  expect(counts).toEqual({ 'Store.load': 2, bytes: 7, big: 1 });
});

test('on a class: its own methods, and no accessors, static methods, symbols or hooks', async () => {
  const hidden = Symbol('hidden');
  @CountCalls()
  @Injectable()
  class Whole {
    static made(): number {
      return 1;
    }
    readonly arrow = (): number => 1;
    get value(): number {
      return 2;
    }
    set value(_value: number) {
      throw new Error('set');
    }
    [hidden](): number {
      return 3;
    }
    onModuleInit(): void {
      this.first();
    }
    first(): number {
      return this.second();
    }
    @SkipCountCalls()
    skipped(): number {
      return 4;
    }
    @CountCalls('own name')
    named(): number {
      return 5;
    }
    private second(): number {
      return 6;
    }
  }
  const counts = await countsOf([Whole], (whole) => {
    expect([whole.value, whole[hidden](), whole.skipped(), whole.named()]).toEqual([2, 3, 4, 5]);
    expect([whole.arrow(), Whole.made(), whole.first()]).toEqual([1, 1, 6]);
  });
  expect(counts).toEqual({ 'Whole.first': 2, 'Whole.second': 2, 'own name': 1 });
});

test('several on a class', async () => {
  @CountCalls()
  @CountCalls({ name: 'calls of {class}' })
  @Injectable()
  class Both {
    run(): void {
      return undefined;
    }
  }
  expect(await countsOf([Both], (both) => both.run())).toEqual({
    'Both.run': 1,
    'calls of Both': 1,
  });
});

test('on a class: of what it inherits, the handlers', async () => {
  class Base extends EventEmitter {
    @Get()
    handler(): string {
      return this.helper();
    }
    @Get()
    @SkipCountCalls()
    skipped(): string {
      return 'skipped';
    }
    helper(): string {
      return 'help';
    }
  }
  @CountCalls()
  @Injectable()
  class Sub extends Base {}
  @Injectable()
  class Sibling extends Base {}

  const counts = await countsOf<Base>([Sub, Sibling], (sub, sibling) => {
    for (const one of [sub, sibling]) {
      expect([one.handler(), one.skipped(), one.emit('event')]).toEqual(['help', 'skipped', false]);
    }
  });
  expect(counts).toEqual({ 'Sub.handler': 1 });
  expect(Reflect.getMetadata('path', Reflect.get(Sub.prototype, 'handler') as object)).toBe('/');
});

test('an inherited method counts for the class of the object', async () => {
  abstract class Animal {
    @CountCalls()
    @CountCalls({ name: 'all animals' })
    eat(): string {
      return this.constructor.name;
    }
  }
  @Injectable()
  class Cat extends Animal {}
  @Injectable()
  class Dog extends Animal {}
  const counts = await countsOf<Animal>([Cat, Dog], (cat, dog) => {
    expect([cat.eat(), dog.eat()]).toEqual(['Cat', 'Dog']);
  });
  expect(counts).toEqual({ 'Cat.eat': 1, 'Dog.eat': 1, 'all animals': 2 });
});

test('a call that goes on to super counts once', async () => {
  @CountCalls()
  class Base {
    both(): string {
      return 'base';
    }
    base(): string {
      return 'base';
    }
    never(): string {
      return 'base';
    }
  }
  @Injectable()
  class Sub extends Base {
    @CountCalls({ name: 'of the subclass' })
    @Wrapped()
    override both(): string {
      return `sub ${super.both()}`;
    }
    override base(): string {
      return `sub ${super.base()}`;
    }
    @SkipCountCalls()
    override never(): string {
      return `sub ${super.never()}`;
    }
  }
  const counts = await countsOf([Sub], (sub) => {
    expect([sub.both(), sub.base(), sub.never()]).toEqual(['(sub base)', 'sub base', 'sub base']);
  });
  expect(counts).toEqual({ 'of the subclass': 1, 'Sub.base': 1 });
});

test('a method that calls itself counts every call', async () => {
  @Injectable()
  class Maths {
    @CountCalls()
    factorial(of: number): number {
      return of < 2 ? 1 : of * this.factorial(of - 1);
    }
  }
  const counts = await countsOf([Maths], (maths) => expect(maths.factorial(5)).toBe(120));
  expect(counts).toEqual({ 'Maths.factorial': 5 });
});

test('a subclass can be left out', async () => {
  @CountCalls()
  @Injectable()
  class Counted {
    run(): void {
      return undefined;
    }
  }
  @SkipCountCalls()
  @Injectable()
  class Uncounted extends Counted {}
  const counts = await countsOf<Counted>([Counted, Uncounted], (first, second) => {
    first.run();
    second.run();
  });
  expect(counts).toEqual({ 'Counted.run': 1 });
});

test('a method that is left out is, in whatever order', async () => {
  @Injectable()
  class Mixed {
    @SkipCountCalls()
    @CountCalls()
    first(): void {
      return undefined;
    }
    @CountCalls()
    @SkipCountCalls()
    second(): void {
      return undefined;
    }
  }
  const counts = await countsOf([Mixed], (mixed) => {
    mixed.first();
    mixed.second();
  });
  expect(counts).toEqual({});
});

test('a symbol names a method by its description', async () => {
  const key = Symbol('run');
  @Injectable()
  class Symbolic {
    @CountCalls()
    [key](): void {
      return undefined;
    }
  }
  expect(await countsOf([Symbolic], (symbolic) => symbolic[key]())).toEqual({ 'Symbolic.run': 1 });
});

test('what it cannot count is refused when the class is defined', () => {
  const apply = (target: object, key: string): void => {
    const decorate = CountCalls() as PropertyDecorator & MethodDecorator;
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (descriptor === undefined) decorate(target, key);
    else decorate(target, key, descriptor);
  };
  class Refused {
    static fixed(): void {
      return undefined;
    }
    get accessor(): number {
      return 1;
    }
  }
  expect(() => apply(Refused, 'fixed')).toThrow(/fixed is static/);
  expect(() => apply(Refused.prototype, 'accessor')).toThrow(InvalidOptionsError);
  expect(() => apply(Refused.prototype, 'property')).toThrow(/property is a property/);
});

test.each<[unknown, new (...args: never[]) => Error]>([
  [7, InvalidOptionsError],
  [null, InvalidOptionsError],
  [{ nam: 'views' }, InvalidOptionsError],
  [{ name: 3 }, InvalidOptionsError],
  [{ name: ' views' }, InvalidCounterNameError],
  [{ name: '' }, InvalidCounterNameError],
  [{ name: '{user}' }, InvalidOptionsError],
  [{ name: '{args.}' }, InvalidOptionsError],
  [{ name: 'open {' }, InvalidOptionsError],
  [{ name: 'closed }' }, InvalidOptionsError],
  [{ delta: 0 }, InvalidArgumentError],
  [{ delta: 1.5 }, InvalidArgumentError],
  [{ on: 'failure' }, InvalidOptionsError],
  [{ when: true }, InvalidOptionsError],
  [{ updateInterval: -1 }, InvalidArgumentError],
  [{ windows: ['fortnight'] }, InvalidArgumentError],
  [{ combinations: [['tenant']] }, InvalidOptionsError],
  [{ dimensions: 'tenant' }, InvalidOptionsError],
  [{ dimensions: { tenant: 3 } }, InvalidOptionsError],
  [{ dimensions: { tenant: '{nobody}' } }, InvalidOptionsError],
  [{ dimensions: { 'no name': 'value' } }, InvalidArgumentError],
  [{ dimensions: { tenant: 'a' }, combinations: [['plan']] }, InvalidArgumentError],
  [{ name: '{{braces}}', dimensions: { tenant: 'a' } }, InvalidArgumentError],
  [
    {
      dimensions: { a: 'x', b: 'y' },
      combinations: [
        ['a', 'b'],
        ['b', 'a'],
      ],
    },
    InvalidOptionsError,
  ],
  [{ dimensions: { a: 'x' }, combinations: [['a'], ['a']] }, InvalidOptionsError],
  [{ dimensions: { a: 'x' }, combinations: [['a', 'a']] }, InvalidOptionsError],
  [{ dimensions: { a: 'x' }, combinations: [[], ['a']] }, InvalidOptionsError],
  [{ dimensions: { a: 'x' }, combinations: ['a'] }, InvalidArgumentError],
  [{ dimensions: new Map([['a', 'x']]) }, InvalidOptionsError],
])('options %o are refused when the class is defined', (options, error) => {
  expect(() => CountCalls(options as CountCallsOptions)).toThrow(error);
});

const named = ({ args }: CountedCall): string => String(args[0]);

test.each<[string, MethodDecorator & ClassDecorator, MethodDecorator & ClassDecorator, boolean]>([
  ['one name', CountCalls({ name: 'a' }), CountCalls({ name: 'a', delta: 2 }), true],
  ['no name', CountCalls(), CountCalls({ on: 'always' }), true],
  ['other outcomes', CountCalls({ name: 'a' }), CountCalls({ name: 'a', on: 'error' }), false],
  ['a condition', CountCalls({ name: 'a' }), CountCalls({ name: 'a', when: () => true }), false],
  ['other names', CountCalls({ name: 'a' }), CountCalls({ name: 'b' }), false],
  [
    ...(['one template', CountCalls({ name: 'a:{args.0}', windows: ['day'] })] as const),
    ...([CountCalls({ name: 'a:{args.0}', windows: ['month'] }), true] as const),
  ],
  ['two templates', CountCalls({ name: 'a:{args.0}' }), CountCalls({ name: 'a:{args.1}' }), false],
  ['the default as template', CountCalls(), CountCalls({ name: '{class}.{method}' }), true],
  ['the default written out', CountCalls({ name: 'Twice.run' }), CountCalls(), true],
  ['half of it', CountCalls({ name: '{class}.run' }), CountCalls({ name: 'Twice.{method}' }), true],
  ['another class', CountCalls(), CountCalls({ name: 'Other.run' }), false],
  [
    ...([
      'braces',
      CountCalls({ name: 'a:{{args.0}}' }),
      CountCalls({ name: 'a:{args.0}' }),
    ] as const),
    false,
  ],
  ['one function', CountCalls({ name: named }), CountCalls({ name: named, delta: 2 }), true],
  ['two functions', CountCalls({ name: named }), CountCalls({ name: () => 'b' }), false],
])('two decorators that would count a call twice are refused: %s', (_, first, second, refused) => {
  const define = () => {
    class Twice {
      @first
      @second
      run(): void {}
    }
    return Twice;
  };
  const defineClass = () => {
    @first
    @second
    class Twice {
      run(): void {}
    }
    return Twice;
  };
  for (const make of [define, defineClass]) {
    if (refused) expect(make).toThrow(InvalidOptionsError);
    else expect(make).not.toThrow();
  }
});

test.each([NaN, Infinity, -Infinity])(
  '%s is no name and no dimension, however given',
  async (no) => {
    @Injectable()
    class Unnamed {
      @CountCalls({ name: 'by template:{args.0}' })
      @CountCalls({ name: 'dimension', dimensions: { of: '{args.0}' } })
      @CountCalls({ name: 'function', dimensions: { of: ({ args }) => Number(args[0]) } })
      run(of: number): number {
        return of;
      }
    }
    const app = await startCounting({ providers: [Unnamed] });
    const reasons: string[] = [];
    app.get(CounterEvents).on('rejected', ({ error }) => reasons.push(String(error)));
    const unnamed = app.get(Unnamed);
    unnamed.run(no);
    expect(reasons).toHaveLength(3);
    for (const reason of reasons) expect(reason).toContain(`${no}`);
    unnamed.run(-0);
    expect(await counted(app)).toEqual({
      ...{ 'by template:0': 1, dimension: 1, 'dimension{of}0': 1 },
      ...{ function: 1, 'function{of}0': 1 },
    });
  },
);

test('names by template', async () => {
  @Injectable()
  class Names {
    @CountCalls({ name: '{class} {method} {args.0.id} {args.1} {result.length}' })
    @CountCalls({ name: '{{braces}} {{{args.0.id}}}' })
    @CountCalls({ name: '{error.code}', on: 'error' })
    run(what: { id: unknown }, more?: unknown): string {
      return String(more === undefined ? more : what.id);
    }
    @CountCalls({ name: '{error.code}', on: 'error' })
    fail(code: unknown): never {
      throw Object.assign(new Error('failed'), { code });
    }
  }
  const counts = await countsOf([Names], (names) => {
    names.run({ id: 7 }, 2n);
    names.run({ id: 'x' }, false);
    expect(() => names.fail('E_FULL')).toThrow('failed');
  });
  expect(counts).toEqual({
    'Names run 7 2 1': 1,
    'Names run x false 1': 1,
    '{braces} {7}': 1,
    '{braces} {x}': 1,
    E_FULL: 1,
  });
});

test('dimensions and windows', async () => {
  @Injectable()
  class Orders {
    @CountCalls<Orders['create']>({
      name: 'orders.created',
      dimensions: { tenant: '{args.0.tenant}', plan: ({ args: [{ plan }] }) => plan },
      windows: ['day'],
    })
    @CountCalls({
      name: 'orders.value',
      delta: ({ result }) => Number(result),
      dimensions: { tenant: '{args.0.tenant}', kind: 'order' },
      combinations: [['tenant']],
    })
    create(order: { tenant: string; plan: string }, value: number): number {
      return order.tenant === '' ? 0 : value;
    }
  }
  const app = await startCounting({ providers: [Orders] });
  const from = new Date();
  app.get(Orders).create({ tenant: 'acme', plan: 'pro' }, 7);
  app.get(Orders).create({ tenant: 'globex', plan: 'pro' }, 8);
  // its dimension has no value: it is not counted anywhere
  app.get(Orders).create({ tenant: '', plan: 'pro' }, 9);
  expect(await counted(app)).toEqual({
    'orders.created': 2,
    'orders.created{tenant}acme': 1,
    'orders.created{tenant}globex': 1,
    'orders.created{plan}pro': 2,
    'orders.created{plan,tenant}pro,acme': 1,
    'orders.created{plan,tenant}pro,globex': 1,
    'orders.value': 15,
    'orders.value{tenant}acme': 7,
    'orders.value{tenant}globex': 8,
  });
  const metering = app.get(MeteringService);
  const dimensions = { tenant: 'acme' };
  const days = await metering.series('orders.created', { window: 'day', from, dimensions });
  expect(days.reduce((sum, { value }) => sum + value, 0)).toBe(1);
});
