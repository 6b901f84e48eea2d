import { Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
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
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly lifecycle: Lifecycle,
    modules: ModulesContainer,
  ) {
    hookIntoRoot(modules, {
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

  // before the hooks of modules that import this one: they may flush
  onApplicationBootstrap(): void {
    this.lifecycle.begin();
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
