import { Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { expect, test } from 'vitest';
import {
  CountCalls,
  CounterEvents,
  CounterService,
  type FastCounterOptions,
  FastCounterModule,
  FAST_COUNTER_OPTIONS,
  getCounterToken,
  getFastCounterToken,
  InjectCounter,
  InjectCounterEvents,
  InjectCounterService,
  InjectMeteringService,
  InjectParkedCounts,
  InvalidOptionsError,
  MeteringService,
  NamedCounter,
  ParkedCounts,
} from '../../lib/index.js';
import { database, freshDatabase, freshNamespace, moduleOf, redis, start } from './start.js';

@Injectable()
class Shop {
  constructor(
    readonly views: CounterService,
    @InjectCounterService('billing') readonly billing: CounterService,
    @InjectMeteringService('billing') readonly metering: MeteringService,
    @InjectParkedCounts('billing') readonly parked: ParkedCounts,
    @InjectCounterEvents('billing') readonly events: CounterEvents,
    @InjectCounter('invoices', 'billing') readonly invoices: NamedCounter,
    @InjectCounter('pages') readonly pages: NamedCounter,
  ) {}

  @CountCalls('shop.calls')
  call(): string {
    return 'called';
  }
}

const rows = (dataSource: DataSource): Promise<unknown[]> =>
  dataSource.query('SELECT namespace, name, value::int FROM fast_counter ORDER BY 1, 2');

test.each(['redis', 'embedded'])('two modules of one application count apart, %s', async (mode) => {
  const url = mode === 'redis' ? redis() : undefined;
  const namespace = freshNamespace();
  const other = `${namespace}-other`;
  const handles = moduleOf({
    imports: [
      FastCounterModule.forFeature(['pages']),
      FastCounterModule.forFeature(['invoices'], 'billing'),
    ],
    providers: [Shop],
    exports: [Shop],
  });
  const app = await start({
    imports: [
      await database(),
      FastCounterModule.forRoot({ redis: url, namespace }),
      FastCounterModule.forRootAsync({
        name: 'billing',
        isGlobal: true,
        useFactory: () => ({ redis: url, namespace: other }),
      }),
      handles,
    ],
  });
  const shop = app.get(Shop);
  expect(shop.metering).toBeInstanceOf(MeteringService);
  expect(shop.parked).toBeInstanceOf(ParkedCounts);
  expect(app.get(getFastCounterToken(CounterService, 'billing')) === shop.billing).toBe(true);
  expect(app.get(getFastCounterToken(CounterService)) === shop.views).toBe(true);
  expect(app.get(CounterService) === shop.views).toBe(true);
  expect(app.get<FastCounterOptions>(FAST_COUNTER_OPTIONS)).toMatchObject({ namespace });
  const persisted: unknown[] = [];
  shop.events.on('persisted', (batch) => persisted.push(batch));

  await Promise.all([
    shop.views.incr('same', 3),
    shop.billing.incr('same', 4),
    shop.metering.record('used', 1, { dimensions: { tenant: 'acme' } }),
    shop.pages.incr('home'),
    shop.invoices.incr(7),
  ]);
  shop.call();
  expect(await shop.views.getCount('same')).toBe(3);
  expect(await shop.billing.getCount('same')).toBe(4);
  await shop.views.flush();
  expect(persisted).toEqual([]);
  await shop.billing.flush();
  expect(persisted).not.toEqual([]);
  expect(await rows(app.get<DataSource>(getDataSourceToken()))).toEqual([
    { namespace, name: 'pages:home', value: 1 },
    { namespace, name: 'same', value: 3 },
    // what is decorated counts in the module without a name
    { namespace, name: 'shop.calls', value: 1 },
    { namespace: other, name: 'invoices:7', value: 1 },
    { namespace: other, name: 'same', value: 4 },
    { namespace: other, name: 'used', value: 1 },
    { namespace: other, name: 'used{tenant}acme', value: 1 },
  ]);
});

test('a module with a name counts in the namespace of that name, and may be the only one', async () => {
  const name = freshNamespace();
  const app = await start({ imports: [await database(), FastCounterModule.forRoot({ name })] });
  const counters = app.get<CounterService>(getFastCounterToken(CounterService, name));
  await counters.incr('alone');
  await counters.flush();
  expect(await rows(app.get<DataSource>(getDataSourceToken()))).toEqual([
    { namespace: name, name: 'alone', value: 1 },
  ]);
  expect(() => app.get(CounterService)).toThrow();
});

const forRoot = (options: FastCounterOptions) => () => FastCounterModule.forRoot(options);
const forRootAsync = (options: FastCounterOptions, namespace: string) => () =>
  FastCounterModule.forRootAsync({ ...options, useFactory: () => ({ namespace }) });

test.each([
  [
    'one name',
    [forRoot({ name: 'a', namespace: 'b' }), forRoot({ name: 'a', namespace: 'c' })],
    'twice by the name "a"',
  ],
  [
    'one name, of a factory',
    [forRoot({ name: 'a', namespace: 'b' }), forRootAsync({ name: 'a' }, 'c')],
    'twice by the name "a"',
  ],
  ['none', [forRoot({}), forRoot({ namespace: 'b' })], 'give one of them a "name"'],
  [
    'one namespace',
    [forRoot({ namespace: 'b' }), forRootAsync({ name: 'a' }, 'b')],
    'the one without a name and "a", count in namespace "b" on the same data source',
  ],
])('two with %s are refused', async (_what, modules, message) => {
  const imports = [await database(), ...modules.map((make) => make())];
  const error: unknown = await start({ imports }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidOptionsError);
  expect(error).toMatchObject({ message: expect.stringContaining(message) as string });
});

test('two in one namespace may count on two data sources', async () => {
  const namespace = freshNamespace();
  const app = await start({
    imports: [
      await database(),
      await database({ name: 'second', url: await freshDatabase() }),
      FastCounterModule.forRoot({ namespace }),
      FastCounterModule.forRoot({ name: 'second', dataSource: 'second', namespace }),
    ],
  });
  const second = app.get<CounterService>(getFastCounterToken(CounterService, 'second'));
  await Promise.all([app.get(CounterService).incr('of-each'), second.incr('of-each', 2)]);
  await Promise.all([app.get(CounterService).flush(), second.flush()]);
  expect(await app.get(CounterService).list()).toMatchObject([{ name: 'of-each', value: 1 }]);
  expect(await second.list()).toMatchObject([{ name: 'of-each', value: 2 }]);
});

test('a name from a factory is refused, as one that is no name', async () => {
  const late = FastCounterModule.forRootAsync({ useFactory: () => ({ name: 'late' }) as object });
  await expect(start({ imports: [await database(), late] })).rejects.toThrow(
    'Option "name" (given: "late") decides which providers exist',
  );
  expect(() => FastCounterModule.forRoot({ name: 'a b' })).toThrow('Option "name"');
});

test('forFeature() works where the module is not global, and refuses what is no list of names', async () => {
  const app = await start({
    imports: [
      await database(),
      FastCounterModule.forRoot({ isGlobal: false, namespace: freshNamespace() }),
      FastCounterModule.forFeature(['views', 'likes']),
    ],
  });
  const views = app.get<NamedCounter>(getCounterToken('views'));
  await views.incr(42);
  expect(await views.count(42)).toBe(1);
  expect(() => FastCounterModule.forFeature('views' as never)).toThrow(InvalidOptionsError);
  const wrong = FastCounterModule.forFeature(['']);
  const imports = [await database(), FastCounterModule.forRoot({}), wrong];
  await expect(start({ imports })).rejects.toThrow('must not be empty');
  for (const module of [undefined, 'billing']) {
    const alone = moduleOf({ imports: [FastCounterModule.forFeature(['views'], module)] });
    await expect(start({ imports: [alone] })).rejects.toThrow('has no FastCounterModule with');
  }
});
