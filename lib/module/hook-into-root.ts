import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Has the hooks called with those of the root module. Nest calls no hook of a module that is loaded lazily, not even
 * when the application closes: it remembers the modules of the start.
 */
export function hookIntoRoot(
  modules: ModulesContainer,
  hooks: BeforeApplicationShutdown & OnApplicationShutdown,
): void {
  // the first module is one of Nest's own
  const [, root] = modules.values();
  root?.addProvider({ provide: Symbol('FastCounterModule'), useValue: hooks });
}
