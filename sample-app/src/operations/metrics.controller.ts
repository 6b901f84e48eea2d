import { Controller, Get, type OnModuleInit, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { CounterService } from 'nestjs-fastcounter';
import { registerFastCounterMetrics } from 'nestjs-fastcounter/metrics';
import { Registry } from 'prom-client';

/** What Prometheus scrapes. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController implements OnModuleInit {
  private readonly registry = new Registry();

  constructor(private readonly counters: CounterService) {}

  async onModuleInit(): Promise<void> {
    await registerFastCounterMetrics(this.registry, this.counters);
  }

  @Get()
  async metrics(): Promise<StreamableFile> {
    const text = await this.registry.metrics();
    return new StreamableFile(Buffer.from(text), { type: this.registry.contentType });
  }
}
