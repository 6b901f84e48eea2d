import { createCache } from 'cache-manager';
import { afterAll, beforeAll } from 'vitest';
import {
  type Application,
  type ApplicationOptions,
  type Mode,
  startApplication,
} from './application.js';

/** One application for all tests of a `describe`; they keep apart by the names of their counters. */
export function useApplication(options: ApplicationOptions): () => Application {
  return useStarted(async () => {
    const application = await startApplication(options);
    return { value: application, close: application.close };
  });
}

/** Two applications that count together: on the same Redis, or on one in-memory store. */
export function useTwins(
  mode: Mode,
  options: ApplicationOptions = {},
): () => [Application, Application] {
  return useStarted(async () => {
    const shared = mode === 'embedded' ? { ...options, cache: createCache() } : options;
    const first = await startApplication({ ...shared, mode });
    const { databaseUrl, namespace } = first;
    const second = await startApplication({ ...shared, mode, databaseUrl, namespace });
    return {
      value: [first, second],
      close: async () => {
        await second.close();
        await first.close();
      },
    };
  });
}

interface Started<Value> {
  value: Value;
  close: () => Promise<void>;
}

function useStarted<Value>(start: () => Promise<Started<Value>>): () => Value {
  let started: Started<Value> | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started?.close());
  return () => {
    if (started === undefined) throw new Error('Ask within a test: it is started by then');
    return started.value;
  };
}
