import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CounterService } from 'nestjs-fastcounter';

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
  Controller()(CounterController);
  return CounterController;
}
