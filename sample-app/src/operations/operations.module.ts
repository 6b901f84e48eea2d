import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { FastCounterHealthIndicator } from 'nestjs-fastcounter/health';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';

/** For whoever is on call. */
@Module({
  imports: [TerminusModule],
  controllers: [HealthController, MetricsController],
  providers: [FastCounterHealthIndicator],
})
export class OperationsModule {}
