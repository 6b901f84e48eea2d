import assert from 'node:assert/strict';
import { Controller, Get, Module } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  TerminusModule,
} from '@nestjs/terminus';
import { CounterService } from 'nestjs-fastcounter';
import { FastCounterHealthIndicator } from 'nestjs-fastcounter/health';
import { registerFastCounterMetrics } from 'nestjs-fastcounter/metrics';
import { Registry } from 'prom-client';

@Controller()
class ObservingController {
  private readonly registry = new Registry();

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: FastCounterHealthIndicator,
    private readonly counters: CounterService,
  ) {}

  @Get('health')
  @HealthCheck()
  checks(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.indicator.counting('counting'),
      () => this.indicator.persisting('persisting'),
      () => this.indicator.intact('intact'),
    ]);
  }

  @Get('metrics')
  async metrics(): Promise<string> {
    const remove = await registerFastCounterMetrics(this.registry, this.counters);
    const text = await this.registry.metrics();
    remove();
    return text;
  }
}

/** What an application with Terminus and prom-client has beside its counters; `alone/observing.ts` is of one without them. */
@Module({
  imports: [TerminusModule],
  controllers: [ObservingController],
  providers: [FastCounterHealthIndicator],
})
export class ObservingModule {}

export async function observe(url: string): Promise<void> {
  const health = await fetch(`${url}/health`);
  const { details } = (await health.json()) as { details: unknown };
  const up = { status: 'up', codes: [] };
  assert.deepEqual([health.status, details], [200, { counting: up, persisting: up, intact: up }]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^fastcounter_up\{of="write".*\} 1$/m);
}
