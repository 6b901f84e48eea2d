import { Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { hookIntoRoot } from './hook-into-root.js';
import { Lifecycle } from './lifecycle.js';

/**
 * Has the hooks of Nest. Not global, although the module around it may be: Nest shuts global modules
 * down last, after the data source that embedded counters are persisted to.
 */
@Module({})
export class FastCounterCoreModule
  implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly lifecycle: Lifecycle,
    modules: ModulesContainer,
  ) {
    hookIntoRoot(modules, {
      // not before the hooks of other modules: if one of them fails, nothing has begun that would keep the process
      onApplicationBootstrap: () => {
        if (lifecycle.hasHooks) lifecycle.begin();
      },
      beforeApplicationShutdown: async () => {
        if (!lifecycle.hasHooks) await lifecycle.settle();
      },
      onApplicationShutdown: async () => {
        if (!lifecycle.hasHooks) await lifecycle.stop();
      },
    });
  }

  onModuleInit(): Promise<void> {
    return this.lifecycle.check();
  }

  // HTTP may take for ever to close when clients keep their connections: what is here is safe before
  beforeApplicationShutdown(): Promise<void> {
    return this.lifecycle.settle();
  }

  // HTTP is closed by now, and the data source and Bull's queues are still there
  onApplicationShutdown(): Promise<void> {
    return this.lifecycle.stop();
  }
}
