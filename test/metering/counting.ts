import { randomUUID } from 'node:crypto';
import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { onTestFinished } from 'vitest';
import { CounterService, FastCounterModule, type FastCounterOptions } from '../../lib/index.js';
import { database, freshDatabase, moduleOf } from '../module/start.js';

let url: Promise<string> | undefined;

/**
 * A module of these parts with counters of its own: embedded, unless the options say where; all those
 * of a test file have one database.
 */
export async function countingModule(
  { imports = [], ...metadata }: ModuleMetadata,
  options: FastCounterOptions = {},
): Promise<ReturnType<typeof moduleOf>> {
  url ??= freshDatabase();
  const namespace = `metering-${randomUUID().slice(0, 8)}`;
  const counting = FastCounterModule.forRoot({ namespace, ...options });
  return moduleOf({
    imports: [await database({ url: await url }), counting, ...imports],
    ...metadata,
  });
}

/** An application of these parts with counters of its own, closed when the test ends. */
export async function startCounting(
  metadata: ModuleMetadata,
  options?: FastCounterOptions,
): Promise<INestApplicationContext> {
  const module = await countingModule(metadata, options);
  const app = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  return app;
}

/** Every counter of the application with its value, once all that was counted by now is there. */
export async function counted(app: INestApplicationContext): Promise<Record<string, number>> {
  const counters = app.get(CounterService, { strict: false });
  await counters.flush();
  const all = await counters.list({ limit: 10_000 });
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
}
