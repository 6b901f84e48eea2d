import { Module } from '@nestjs/common';
import { CountersController } from './counters.controller.js';
import { ImportService } from './import.service.js';

@Module({ controllers: [CountersController], providers: [ImportService] })
export class CountersModule {}
