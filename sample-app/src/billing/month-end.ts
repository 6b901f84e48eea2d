import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { MeteringService, WindowNotCompleteError } from 'nestjs-fastcounter';
import { monthOf } from './months.js';
import { API_QUOTA, type Plan, PLANS } from './plans.js';

const INTERVAL = 600_000;
/** Months before the present one that are closed where they are open: for so long nobody may have done so. */
const MONTHS = 3;

/** Closes months that are over, as soon as nothing of them can be missing: from then on their invoices are final. Any process may do so. */
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
      let at = new Date();
      for (let month = 0; month < MONTHS; month++) {
        const { from } = await monthOf(this.metering, plan, at);
        at = new Date(from.getTime() - 1);
        await this.closeMonth(plan, at);
      }
    }
  }

  private async closeMonth({ name, window }: Plan, at: Date): Promise<void> {
    try {
      await this.metering.close(API_QUOTA, { window, at, by: MonthEnd.name });
    } catch (error) {
      // it may last on elsewhere, or a process holds calls of it
      if (error instanceof WindowNotCompleteError) return;
      this.logger.warn(
        `The month of plan ${name} is not closed, and tried again: ${String(error)}`,
      );
    }
  }
}
