import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Adds hooks to those of the root module. Nest calls no hook of a module that is loaded lazily, not even when the
 * application closes: it calls those of the modules that it found at the start.
 */
export function hookIntoRoot(
  modules: ModulesContainer,
  hooks: BeforeApplicationShutdown & OnApplicationShutdown,
): void {
  // the first module is one of Nest's own
  const [, root] = modules.values();
  root?.addProvider({ provide: Symbol('FastCounterModule'), useValue: hooks });
}
