import { Module } from '@nestjs/common';
import { BillingService } from './billing.service.js';
import { MonthEnd } from './month-end.js';
import { TenantsController } from './tenants.controller.js';

@Module({ controllers: [TenantsController], providers: [BillingService, MonthEnd] })
export class BillingModule {}
