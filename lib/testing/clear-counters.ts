import type { Type } from '@nestjs/common';
import { InvalidArgumentError } from '../errors.js';
import { QuotaTaker } from '../metering/service/quota-taker.js';
import type { TestEngine } from './test-engine.js';

/** Injects the engine of an application in a test. Not for users. */
export const TEST_ENGINE = Symbol.for('nestjs-fastcounter:TEST_ENGINE');

/**
 * Makes every counter of an application with `FastCounterTestingModule` zero, with its windows and quotas, and forgets idempotency keys and
 * what is put aside. What was counted before the call is forgotten too where it is on its way: increments that nobody awaited, and counts
 * that are just being persisted. Listeners of events stay.
 *
 * @param app the application, its testing module or a `ModuleRef`
 * @throws InvalidArgumentError this has no `FastCounterTestingModule`
 * @example
 * beforeEach(() => clearCounters(app));
 * @publicApi
 */
export async function clearCounters(app: {
  get(token: symbol | Type, options: { strict: false }): unknown;
}): Promise<void> {
  await engineOf(app).clear();
  (app.get(QuotaTaker, { strict: false }) as QuotaTaker).thresholds.forget();
}

function engineOf(app: Parameters<typeof clearCounters>[0]): TestEngine {
  try {
    return app.get(TEST_ENGINE, { strict: false }) as TestEngine;
  } catch (cause) {
    throw new InvalidArgumentError(
      'clearCounters() needs an application, a testing module or a ModuleRef with FastCounterTestingModule.forRoot(). For suites on real ' +
        'servers see docs/guides/testing.md',
      { cause },
    );
  }
}
