import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { MeteringService, WindowNotCompleteError } from 'nestjs-fastcounter';
import { monthOf } from './months.js';
import { API_QUOTA, PLANS } from './plans.js';

const INTERVAL = 600_000;

/** Closes the month before, as soon as nothing of it can be missing: from then on its invoices are final. Any process may do so. */
@Injectable()
export class MonthEnd implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(MonthEnd.name);
  private timer?: NodeJS.Timeout;
  private closing = Promise.resolve();

  constructor(private readonly metering: MeteringService) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.closing = this.close();
    }, INTERVAL);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.closing;
  }

  /** A month that is closed stays as it is. */
  async close(): Promise<void> {
    for (const plan of PLANS) {
      try {
        const { from } = await monthOf(this.metering, plan);
        const before = { window: plan.window, at: from.getTime() - 1 };
        await this.metering.close(API_QUOTA, { ...before, by: MonthEnd.name });
      } catch (error) {
        // it may last on elsewhere, or a process holds calls of it
        if (error instanceof WindowNotCompleteError) continue;
        this.logger.warn(
          `The month of plan ${plan.name} is not closed, and tried again: ${String(error)}`,
        );
      }
    }
  }
}
