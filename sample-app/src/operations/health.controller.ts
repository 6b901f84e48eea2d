import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ApiExcludeController } from '@nestjs/swagger';
import { FastCounterHealthIndicator } from 'nestjs-fastcounter/health';

/** None of these is for liveness: a restart mends nothing of what they tell. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly fastCounter: FastCounterHealthIndicator,
  ) {}

  /** For the readiness probe. */
  @Get()
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.fastCounter.counting('counting')]);
  }

  /** For whoever is on call. */
  @Get('counts')
  @HealthCheck()
  counts(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.fastCounter.persisting('persisting'),
      () => this.fastCounter.intact('intact'),
    ]);
  }
}
