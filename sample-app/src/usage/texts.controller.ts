import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CountCalls, Quota } from 'nestjs-fastcounter';
import { API_QUOTA, limitOf, planOf } from '../billing/plans.js';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { ApiKeyGuard, tenantOf } from './api-key.guard.js';
import { TextDto } from './dto/text.dto.js';
import { API_CALLS } from './metered.js';

/** Every call is counted for its tenant and endpoint, and takes from the tenant's month, by his plan. */
@ApiTags('metered')
@ApiSecurity('api-key')
@Controller('texts')
@UseGuards(ApiKeyGuard)
@Quota({
  name: API_QUOTA,
  limit: (context) => limitOf(planOf(tenantOf(context))),
  window: (context) => planOf(tenantOf(context)).window,
  dimensions: { tenant: tenantOf },
})
@CountCalls({
  name: API_CALLS,
  dimensions: { tenant: '{request.headers.x-api-key}', endpoint: '{method}' },
  windows: ['day'],
})
export class TextsController {
  @Post('words')
  @HttpCode(200)
  @ApiOperation({ summary: 'Count the words of a text' })
  @ApiErrors(400, 401, 429)
  words(@Body() { text }: TextDto): { words: number } {
    return { words: text.split(/\s+/).filter((word) => word !== '').length };
  }

  @Post('reverse')
  @HttpCode(200)
  @ApiOperation({ summary: 'Turn a text round' })
  @ApiErrors(400, 401, 429)
  reverse(@Body() { text }: TextDto): { text: string } {
    return { text: Array.from(text).reverse().join('') };
  }
}
