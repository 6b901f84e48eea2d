import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { expect, onTestFinished, test } from 'vitest';
import {
  FastCounterModule,
  InvalidOptionsError,
  MeteringService,
  Quota,
  QuotaGuard,
} from '../../lib/index.js';
import { database } from '../module/start.js';

@Injectable()
class Sales {
  read(): string[] {
    return ['sales'];
  }
}

@Controller('reports')
@Quota({ name: 'all', limit: 1, timeout: 30_000 })
class Reports {
  constructor(private readonly sales: Sales) {}

  @Get()
  @Quota({ name: 'reports', limit: 1, timeout: 30_000, dimensions: { ip: '{request.ip}' } })
  list(): string[] {
    return this.sales.read();
  }
}

@Module({ controllers: [Reports], providers: [Sales] })
class ReportsModule {}

const unit = (): TestingModuleBuilder =>
  Test.createTestingModule({ controllers: [Reports], providers: [Sales] });

async function serving(builder: TestingModuleBuilder): Promise<INestApplication> {
  const module = await builder.compile();
  const app: INestApplication = module.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  return app;
}

async function statuses(app: INestApplication): Promise<number[]> {
  await app.listen(0);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  return [(await fetch(`${url}/reports`)).status, (await fetch(`${url}/reports`)).status];
}

test('a controller with @Quota() is tested by itself without the module', async () => {
  const module = await unit().compile();
  expect(module.get(Reports).list()).toEqual(['sales']);
});

test('over HTTP without the module it is refused in words that say what to do', async () => {
  const app = await serving(unit());
  await expect(app.init()).rejects.toThrow(InvalidOptionsError);
  const again = await serving(unit());
  await expect(again.init()).rejects.toThrow(
    /import FastCounterModule.+"isGlobal".+overrideGuard\(QuotaGuard\)\.useValue\(/,
  );
});

test('so it is where a test mocks every missing provider, which compiles as well', async () => {
  const app = await serving(unit().useMocker(() => ({})));
  expect(app.get(Reports).list()).toEqual(['sales']);
  await expect(app.init()).rejects.toThrow('@Quota() has nothing to count in');
});

test('overrideGuard(QuotaGuard) puts another guard in the place of all of them', async () => {
  const open = unit()
    .overrideGuard(QuotaGuard)
    .useValue({ canActivate: () => true });
  expect(await statuses(await serving(open))).toEqual([200, 200]);
  const closed = unit()
    .overrideGuard(QuotaGuard)
    .useValue({ canActivate: () => false });
  expect(await statuses(await serving(closed))).toEqual([403, 403]);
});

test('overrideGuard(QuotaGuard) does so in a test of the whole application, where nothing is taken', async () => {
  const whole = async () =>
    Test.createTestingModule({
      imports: [await database(), FastCounterModule.forRoot(), ReportsModule],
    });
  const app = await serving(await whole());
  expect(await statuses(app)).toEqual([200, 429]);
  const open = (await whole()).overrideGuard(QuotaGuard).useValue({ canActivate: () => true });
  const unlimited = await serving(open);
  expect(await statuses(unlimited)).toEqual([200, 200]);
  expect(await unlimited.get(MeteringService).total('all')).toBe(0);
});

test('where isGlobal is false and the module is not imported, the start is refused in the same words', async () => {
  const builder = Test.createTestingModule({
    imports: [await database(), FastCounterModule.forRoot({ isGlobal: false }), ReportsModule],
  });
  const app = await serving(builder);
  await expect(app.init()).rejects.toThrow('in the module of the controller too where its option');
});

test('QuotaGuard by hand, without @Quota(), refuses calls instead of letting all pass', async () => {
  const module = await Test.createTestingModule({
    imports: [await database(), FastCounterModule.forRoot()],
    providers: [QuotaGuard],
  }).compile();
  onTestFinished(() => module.close());
  @UseGuards(QuotaGuard)
  class ByHand {}
  const context = { getClass: () => ByHand, getHandler: () => statuses };
  await expect(module.get(QuotaGuard).canActivate(context as never)).rejects.toThrow(
    'QuotaGuard has no quota by itself: use @Quota() instead',
  );
});
