import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { MeteringService } from 'nestjs-fastcounter';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { ApiKeyGuard, Tenant } from './api-key.guard.js';
import { UsageDto } from './dto/usage.dto.js';
import { API_CALLS, ENDPOINTS } from './metered.js';

@ApiTags('metered')
@ApiSecurity('api-key')
@Controller('usage')
@UseGuards(ApiKeyGuard)
export class UsageController {
  constructor(private readonly metering: MeteringService) {}

  @Get()
  @ApiOperation({ summary: 'What the tenant of the API key has used' })
  @ApiOkResponse({ type: UsageDto })
  @ApiErrors(401, 503)
  async usage(@Tenant() tenant: string): Promise<UsageDto> {
    const now = new Date();
    const from = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
    const [calls, days, ...endpoints] = await Promise.all([
      this.metering.total(API_CALLS, { tenant }),
      this.metering.series(API_CALLS, { window: 'day', from, dimensions: { tenant } }),
      ...ENDPOINTS.map((endpoint) => this.metering.total(API_CALLS, { tenant, endpoint })),
    ]);
    return {
      tenant,
      calls,
      endpoints: ENDPOINTS.map((endpoint, index) => ({ endpoint, calls: endpoints[index] ?? 0 })),
      days: days.map(({ start, value }) => ({
        day: start.toISOString().slice(0, 10),
        calls: value,
      })),
    };
  }
}
