import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CounterService, Quota } from 'nestjs-fastcounter';

/** Two quotas, of which each route takes more of the other one. */
const wide = (delta) => ({ name: 'quota.wide', limit: 100, timeout: 30_000, delta });
const narrow = (delta) => ({ ...wide(delta), name: 'quota.narrow', limit: 61, window: 'month' });
const QUOTAS = { mostlyWide: [wide(3), narrow(1)], mostlyNarrow: [narrow(2), wide(1)] };

/** Counts over HTTP, awaited or not; decorators are called as functions, as this is plain JavaScript. */
export function counterController() {
  class CounterController {
    constructor(counters) {
      this.counters = counters;
    }

    async awaited(name) {
      await this.counters.incr(name);
    }

    forgotten(name) {
      void this.counters.incr(name);
    }

    alive() {
      return 'alive';
    }

    mostlyWide() {}

    mostlyNarrow() {}
  }

  Inject(CounterService)(CounterController, undefined, 0);
  for (const method of ['awaited', 'forgotten']) {
    const descriptor = Object.getOwnPropertyDescriptor(CounterController.prototype, method);
    Post(`${method}/:name`)(CounterController.prototype, method, descriptor);
    HttpCode(204)(CounterController.prototype, method, descriptor);
    Param('name')(CounterController.prototype, method, 0);
  }
  const alive = Object.getOwnPropertyDescriptor(CounterController.prototype, 'alive');
  Post('alive')(CounterController.prototype, 'alive', alive);
  for (const [method, quotas] of Object.entries(QUOTAS)) {
    const descriptor = Object.getOwnPropertyDescriptor(CounterController.prototype, method);
    Post(method)(CounterController.prototype, method, descriptor);
    HttpCode(204)(CounterController.prototype, method, descriptor);
    Quota(quotas)(CounterController.prototype, method, descriptor);
  }
  Controller()(CounterController);
  return CounterController;
}
