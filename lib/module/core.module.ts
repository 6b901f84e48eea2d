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
 * Has the hooks that Nest calls. It is not global, although the module around it may be: Nest shuts global modules
 * down last, after the data source to which embedded counters are persisted.
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

  // Nest calls this before the hooks of modules that import this one, and those may flush
  onApplicationBootstrap(): void {
    this.lifecycle.begin();
  }

  // before HTTP closes, which takes for ever where clients keep their connections
  beforeApplicationShutdown(): Promise<void> {
    return this.lifecycle.settle();
  }

  // after HTTP is closed, and before the data source and Bull's queues are
  onApplicationShutdown(): Promise<void> {
    return this.lifecycle.stop();
  }
}
