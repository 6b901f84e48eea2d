import { Injectable } from '@nestjs/common';
import { MeteringService } from 'nestjs-fastcounter';
import type { CorrectDto } from './dto/correct.dto.js';
import type { CorrectionDto, InvoiceDto } from './dto/invoice.dto.js';
import type { TenantUsageDto } from './dto/tenant-usage.dto.js';
import { linesOf, sumOf } from './invoice-lines.js';
import { momentIn, monthOf } from './months.js';
import { API_QUOTA, type Plan, planOf } from './plans.js';

@Injectable()
export class BillingService {
  constructor(private readonly metering: MeteringService) {}

  async usage(tenant: string): Promise<TenantUsageDto> {
    const plan = planOf(tenant);
    const { name, included, window } = plan;
    const quota = { limit: included, window, dimensions: { tenant } };
    const [{ used, remaining, over: overage }, { to: resetsAt }] = await Promise.all([
      this.metering.quota(API_QUOTA, quota),
      monthOf(this.metering, plan),
    ]);
    return { tenant, plan: name, included, used, remaining, overage, resetsAt };
  }

  /** A final one is the same whenever it is asked for again, but for corrections, which it lists. */
  async invoice(tenant: string, month: string): Promise<InvoiceDto> {
    const plan = planOf(tenant, month);
    const at = momentIn(plan, month);
    const dimensions = { tenant };
    const { parts, final, asOf } = await this.metering.usage(API_QUOTA, {
      ...{ ...windowAt(plan, at), groupBy: [], dimensions },
    });
    const calls = parts[0]?.value ?? 0;
    const finalSince = final ? await this.finalSince(plan, at) : undefined;
    const corrections = final ? await this.corrections(tenant, plan, at) : [];
    const added = corrections.reduce((sum, { calls: more }) => sum + more, 0);
    const lines = linesOf(plan, calls);
    return {
      ...{ tenant, plan: plan.name, ...(await monthOf(this.metering, plan, at)), calls },
      ...{ lines, currency: 'EUR', amount: sumOf(lines), final },
      ...(finalSince === undefined ? { asOf } : { finalSince }),
      ...{ corrections, corrected: sumOf(lines) - sumOf(linesOf(plan, calls - added)) },
    };
  }

  /** Once for each ticket. */
  async correct(tenant: string, { month, calls, reason, by, ticket }: CorrectDto): Promise<void> {
    const plan = planOf(tenant, month);
    await this.metering.correct(API_QUOTA, {
      ...{ window: plan.window, at: momentIn(plan, month), dimensions: { tenant } },
      ...{ delta: calls, reason, by, id: ticket },
    });
  }

  private async finalSince(plan: Plan, at: Date): Promise<Date | undefined> {
    const [closing] = await this.metering.closings(API_QUOTA, windowAt(plan, at));
    return closing?.closedAt;
  }

  /** Those that came after the closing. */
  private async corrections(tenant: string, plan: Plan, at: Date): Promise<CorrectionDto[]> {
    const made = await this.metering.corrections(API_QUOTA, {
      ...{ ...windowAt(plan, at), dimensions: { tenant } },
    });
    return made
      .filter(({ afterClosing }) => afterClosing)
      .map(({ delta, reason, by, madeAt }) => ({ calls: delta, reason, by, madeAt }));
  }
}

/** The one month that a moment is in. */
const windowAt = ({ window }: Plan, at: Date) => ({ window, from: at, to: at.getTime() + 1 });
