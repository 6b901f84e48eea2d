import { Module } from '@nestjs/common';
import { TextsController } from './texts.controller.js';
import { UsageController } from './usage.controller.js';

@Module({ controllers: [TextsController, UsageController] })
export class UsageModule {}
