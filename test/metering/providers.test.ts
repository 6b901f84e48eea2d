import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { expect, onTestFinished, test } from 'vitest';
import { CountCalls, CounterService } from '../../lib/index.js';
import { start as startWithout } from '../module/start.js';
import { counted, countingModule, startCounting } from './counting.js';

@Injectable()
class Cats {
  @CountCalls()
  feed(): string {
    return 'fed';
  }
}

test('a provider counts', async () => {
  const app = await startCounting({ providers: [Cats] });
  expect(app.get(Cats).feed()).toBe('fed');
  expect(await counted(app)).toEqual({ 'Cats.feed': 1 });
});

test('a thousand concurrent calls are counted exactly', async () => {
  @Injectable()
  class Herd {
    @CountCalls()
    async graze(sheep: number): Promise<number> {
      await new Promise(setImmediate);
      return sheep;
    }

    @CountCalls({ name: 'wool:{args.0}', delta: ({ result }) => Number(result) })
    shear(_sheep: number, wool: number): Promise<number> {
      return Promise.resolve(wool);
    }
  }
  const app = await startCounting({ providers: [Herd] });
  const herd = app.get(Herd);
  const sheep = Array.from({ length: 1000 }, (_, index) => index);
  expect(await Promise.all(sheep.map((one) => herd.graze(one)))).toEqual(sheep);
  await Promise.all(sheep.map((one) => herd.shear(one % 2, one)));
  expect(await counted(app)).toEqual({
    'Herd.graze': 1000,
    'wool:0': 249_500,
    'wool:1': 250_000,
  });
});

test.each([Scope.REQUEST, Scope.TRANSIENT])('scope %i counts', async (scope) => {
  @Injectable({ scope })
  class Scoped {
    @CountCalls()
    run(): object {
      return this;
    }
  }
  const app = await startCounting({ providers: [Scoped] });
  const moduleRef = app.get(ModuleRef);
  const objects = new Set<object>();
  for (let index = 0; index < 3; index++) {
    const scoped = await moduleRef.resolve(Scoped, ContextIdFactory.create(), { strict: false });
    objects.add(scoped.run());
  }
  expect(objects.size).toBe(3);
  expect(await counted(app)).toEqual({ 'Scoped.run': 3 });
});

test('a transient provider counts in every class that has one', async () => {
  @Injectable({ scope: Scope.TRANSIENT })
  class Tool {
    @CountCalls()
    use(): void {
      return undefined;
    }
  }
  @Injectable()
  class First {
    constructor(readonly tool: Tool) {}
  }
  @Injectable()
  class Second {
    constructor(readonly tool: Tool) {}
  }
  const app = await startCounting({ providers: [Tool, First, Second] });
  app.get(First).tool.use();
  app.get(Second).tool.use();
  expect(app.get(First).tool).not.toBe(app.get(Second).tool);
  expect(await counted(app)).toEqual({ 'Tool.use': 2 });
});

test.each([true, false])('private to a feature module: counters global %s', async (isGlobal) => {
  @Injectable()
  class Hidden {
    @CountCalls()
    run(): void {
      return undefined;
    }
  }
  @Injectable()
  class Front {
    constructor(private readonly hidden: Hidden) {}
    run(): void {
      this.hidden.run();
    }
  }
  @Module({ providers: [Hidden, Front], exports: [Front] })
  class FeatureModule {}

  const app = await startCounting({ imports: [FeatureModule] }, { isGlobal });
  app.get(Front, { strict: false }).run();
  expect(await counted(app)).toEqual({ 'Hidden.run': 1 });
});

test('what a factory or a value provides counts, under whatever token', async () => {
  const app = await startCounting({
    providers: [
      { provide: 'FACTORY', useFactory: () => new Cats() },
      { provide: 'ASYNC', useFactory: () => Promise.resolve(new Cats()) },
      { provide: 'VALUE', useValue: new Cats() },
      { provide: 'CLASS', useClass: Cats },
      { provide: 'FROZEN', useValue: Object.freeze(new Cats()) },
    ],
  });
  const tokens = ['FACTORY', 'ASYNC', 'VALUE', 'CLASS', 'FROZEN'];
  for (const token of tokens) app.get<Cats>(token).feed();
  expect(await counted(app)).toEqual({ 'Cats.feed': tokens.length });
});

test('what a factory provides for a request does not count', async () => {
  const app = await startCounting({
    providers: [{ provide: 'SCOPED', scope: Scope.REQUEST, useFactory: () => new Cats() }],
  });
  const cats = await app.resolve<Cats>('SCOPED', ContextIdFactory.create());
  expect(cats.feed()).toBe('fed');
  expect(await counted(app)).toEqual({});
});

test('a class that freezes its objects counts', async () => {
  @Injectable()
  class Ice {
    constructor() {
      Object.freeze(this);
    }
    @CountCalls()
    melt(): void {
      return undefined;
    }
  }
  const app = await startCounting({ providers: [Ice] });
  app.get(Ice).melt();
  expect(await counted(app)).toEqual({ 'Ice.melt': 1 });
});

test('a class that injects properties of its own keeps them, and so do its subclasses', async () => {
  @Injectable()
  class Base {
    @Inject('COLOUR') colour?: string;
    @CountCalls()
    paint(): string {
      return String(this.colour);
    }
  }
  @Injectable()
  class Sub extends Base {
    @Inject('SHAPE') shape?: string;
    override paint(): string {
      return `${super.paint()} ${String(this.shape)}`;
    }
  }
  const app = await startCounting({
    providers: [
      Base,
      Sub,
      { provide: 'COLOUR', useValue: 'red' },
      { provide: 'SHAPE', useValue: 'square' },
    ],
  });
  expect(app.get(Base).paint()).toBe('red');
  expect(app.get(Sub).paint()).toBe('red square');
  expect(await counted(app)).toEqual({ 'Base.paint': 1, 'Sub.paint': 1 });
});

test('what is private to the object is not seen on it', async () => {
  const app = await startCounting({ providers: [Cats] });
  expect(app.get(Cats)).toEqual({});
  expect(Reflect.ownKeys({ ...app.get(Cats) })).toEqual([]);
});

test('two applications count apart what they both have', async () => {
  const [first, second] = [
    await startCounting({ providers: [Cats] }),
    await startCounting({ providers: [Cats] }),
  ];
  first.get(Cats).feed();
  second.get(Cats).feed();
  second.get(Cats).feed();
  expect(await counted(first)).toEqual({ 'Cats.feed': 1 });
  expect(await counted(second)).toEqual({ 'Cats.feed': 2 });

  await first.close();
  expect(first.get(Cats).feed()).toBe('fed');
  second.get(Cats).feed();
  expect(await counted(second)).toEqual({ 'Cats.feed': 3 });
});

test('an application without counters runs decorated classes, and counts in no other', async () => {
  const counting = await startCounting({ providers: [Cats] });
  const plain = await startWithout({ providers: [Cats] });
  expect(plain.get(Cats).feed()).toBe('fed');
  expect(new Cats().feed()).toBe('fed');
  expect(await counted(counting)).toEqual({});
});

test('a provider that the counters are made with can be decorated', async () => {
  @Injectable()
  class Settings {
    @CountCalls()
    read(): number {
      return 5_000;
    }
  }
  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}
  const module = await countingModule({ imports: [SettingsModule] });
  const { FastCounterModule } = await import('../../lib/index.js');
  const [database] = module.imports ?? [];
  const app = await startWithout({
    imports: [
      ...(database === undefined ? [] : [database]),
      SettingsModule,
      FastCounterModule.forRootAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) => ({
          namespace: `settings-${String(process.pid)}`,
          updateInterval: settings.read(),
        }),
      }),
    ],
  });
  app.get(Settings, { strict: false }).read();
  expect(await counted(app)).toEqual({ 'Settings.read': 1 });
});

test('calls before the start and after the end are made, and not counted', async () => {
  const calls: string[] = [];
  @Injectable()
  class Eager {
    constructor() {
      calls.push(this.run('constructor'));
    }
    @CountCalls({ name: 'run:{args.0}' })
    run(when: string): string {
      return when;
    }
    onModuleInit(): void {
      calls.push(this.run('init'));
    }
    onApplicationShutdown(): void {
      calls.push(this.run('shutdown'));
    }
  }
  const app = await startCounting({ providers: [Eager] });
  expect(await counted(app)).toEqual({ 'run:init': 1 });
  const eager = app.get(Eager);
  await app.close();
  calls.push(eager.run('after'));
  expect(calls).toEqual(['constructor', 'init', 'shutdown', 'after']);
});

test('counters that a test replaces are the ones that count', async () => {
  const { Test } = await import('@nestjs/testing');
  const counting = await countingModule({ providers: [Cats] });
  const calls: unknown[][] = [];
  const module = await Test.createTestingModule({ imports: [counting] })
    .overrideProvider(CounterService)
    .useValue({ incr: (...args: unknown[]) => calls.push(args) })
    .compile();
  onTestFinished(() => module.close());
  await module.init();
  module.get(Cats, { strict: false }).feed();
  expect(calls).toEqual([['Cats.feed', 1, undefined]]);
});

test('a test module that mocks what is missing does no harm', async () => {
  const { Test } = await import('@nestjs/testing');
  const module = await Test.createTestingModule({ providers: [Cats] })
    .useMocker(() => ({ count: () => expect.unreachable() }))
    .compile();
  expect(module.get(Cats).feed()).toBe('fed');
});
