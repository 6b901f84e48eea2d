import type { ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { onTestFinished } from 'vitest';
import { FastCounterTestingModule } from '../../lib/testing/index.js';
import type { FastCounterTestingOptions } from '../../lib/testing/index.js';

/** A testing module as a user makes it: compiled, not initialised. Closed when the test ends. */
export async function compile(
  options?: FastCounterTestingOptions,
  { imports = [], ...metadata }: ModuleMetadata = {},
): Promise<TestingModule> {
  const module = await Test.createTestingModule({
    imports: [FastCounterTestingModule.forRoot(options), ...imports],
    ...metadata,
  }).compile();
  onTestFinished(() => module.close());
  return module;
}
