import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { BillingService } from './billing.service.js';
import { CorrectDto } from './dto/correct.dto.js';
import { InvoiceDto } from './dto/invoice.dto.js';
import { MonthDto } from './dto/month.dto.js';
import { TenantUsageDto } from './dto/tenant-usage.dto.js';
import { TenantPipe } from './tenant.pipe.js';
import { usagePage } from './usage-page.js';

/** A real application asks first who wants to know. */
@ApiTags('billing')
@Controller('tenants/:tenant')
export class TenantsController {
  constructor(private readonly billing: BillingService) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @ApiOperation({ summary: 'A page with the usage of this month' })
  @ApiErrors(400, 503)
  async page(@Param('tenant', TenantPipe) tenant: string): Promise<string> {
    return usagePage(await this.billing.usage(tenant));
  }

  @Get('usage')
  @ApiOperation({
    summary: 'What is used of the quota of this month, and when the next one begins',
  })
  @ApiOkResponse({ type: TenantUsageDto })
  @ApiErrors(400, 503)
  usage(@Param('tenant', TenantPipe) tenant: string): Promise<TenantUsageDto> {
    return this.billing.usage(tenant);
  }

  @Get('invoice')
  @ApiOperation({ summary: 'The invoice of a month, which says since when it is final' })
  @ApiOkResponse({ type: InvoiceDto })
  @ApiErrors(400, 503)
  invoice(
    @Param('tenant', TenantPipe) tenant: string,
    @Query() { month }: MonthDto,
  ): Promise<InvoiceDto> {
    return this.billing.invoice(tenant, month);
  }

  @Post('corrections')
  @HttpCode(204)
  @ApiOperation({ summary: 'Correct the calls of a month, also when its invoice is final' })
  @ApiNoContentResponse({ description: 'It is corrected, once for each ticket' })
  @ApiErrors(400, 409, 503)
  correct(
    @Param('tenant', TenantPipe) tenant: string,
    @Body() correction: CorrectDto,
  ): Promise<void> {
    return this.billing.correct(tenant, correction);
  }
}
