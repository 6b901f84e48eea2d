import { Injectable } from '@nestjs/common';
import { expect, test } from 'vitest';
import { CounterService, FastCounterModule } from '../../lib/index.js';
import { database, moduleOf, start } from './start.js';

@Injectable()
class Views {
  constructor(readonly counters: CounterService) {}
}

@Injectable()
class Likes {
  constructor(readonly counters: CounterService) {}
}

test.each([
  ['forRoot()', () => FastCounterModule.forRoot({ isGlobal: false })],
  [
    'forRootAsync()',
    () => FastCounterModule.forRootAsync({ isGlobal: false, useFactory: () => ({}) }),
  ],
])('%s with isGlobal false needs the import', async (_case, make) => {
  const views = moduleOf({ providers: [Views] });
  const imports = [await database(), make(), views];
  await expect(start({ imports })).rejects.toThrow(
    /resolve dependencies of the Views.*CounterService/s,
  );
});

test.each([
  ['forRoot()', () => FastCounterModule.forRoot({ isGlobal: false })],
  [
    'forRootAsync()',
    () => FastCounterModule.forRootAsync({ isGlobal: false, useFactory: () => ({}) }),
  ],
])('%s with isGlobal false is one module in every module that imports it', async (_case, make) => {
  const counting = make();
  const views = moduleOf({ imports: [counting], providers: [Views] });
  const likes = moduleOf({ imports: [counting], providers: [Likes] });
  const app = await start({ imports: [await database(), views, likes] });
  const found = app.get(Views, { strict: false }).counters;
  expect(found).toBeInstanceOf(CounterService);
  expect(found).toBe(app.get(Likes, { strict: false }).counters);
  await found.incr('local', 3);
  await found.flush();
  expect(await found.list()).toMatchObject([{ name: 'local', value: 3 }]);
});

test('a global module needs no import, wherever it stands', async () => {
  const views = moduleOf({ providers: [Views] });
  const deeper = moduleOf({ imports: [moduleOf({ imports: [FastCounterModule.forRoot()] })] });
  const app = await start({ imports: [views, await database(), deeper] });
  expect(app.get(Views, { strict: false }).counters).toBeInstanceOf(CounterService);
});
