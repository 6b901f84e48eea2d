import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CounterService } from 'nestjs-fastcounter';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { toCount } from './count.js';
import { CounterDto } from './dto/counter.dto.js';
import { ImportDto } from './dto/import.dto.js';
import { IncrementDto } from './dto/increment.dto.js';
import { IdempotencyKey } from './idempotency-key.decorator.js';
import { ImportService } from './import.service.js';

/** Any counter by its name; a real application would not leave this open to everybody. */
@ApiTags('counters')
@Controller('counters')
export class CountersController {
  constructor(
    private readonly counters: CounterService,
    private readonly imports: ImportService,
  ) {}

  @Post('import')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Add to many counters at once',
    description:
      'An increment that fails does not take the others back. With an Idempotency-Key the whole import can be sent again after any error: what was counted is not counted twice.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: '1 to 255 characters, one for each import; a repeated one counts nothing again',
  })
  @ApiNoContentResponse({ description: 'Counted' })
  @ApiErrors(400, 409, 503, 504)
  import(
    @Body() { increments }: ImportDto,
    @IdempotencyKey() idempotencyKey?: string,
  ): Promise<void> {
    return this.imports.import(increments, idempotencyKey);
  }

  @Post('flush')
  @HttpCode(204)
  @ApiOperation({ summary: 'Wait until everything counted so far is in the database' })
  @ApiNoContentResponse({ description: 'Persisted' })
  @ApiErrors(503, 504)
  flush(): Promise<void> {
    return this.counters.flush();
  }

  @Get(':name')
  @ApiOperation({ summary: 'Read a counter', description: 'One that was never used is 0.' })
  @ApiOkResponse({ type: CounterDto })
  @ApiErrors(400, 503)
  async read(@Param('name') name: string): Promise<CounterDto> {
    return { name, value: toCount(await this.counters.getCount(name, { bigint: true })) };
  }

  @Post(':name/incr')
  @HttpCode(204)
  @ApiOperation({ summary: 'Add to a counter' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: '1 to 255 characters, one for each increment; a repeated one counts nothing again',
  })
  @ApiNoContentResponse({ description: 'Counted' })
  @ApiErrors(400, 409, 503, 504)
  increment(
    @Param('name') name: string,
    @Body() { delta }: IncrementDto,
    @IdempotencyKey() idempotencyKey?: string,
  ): Promise<void> {
    return this.counters.incr(name, delta, { idempotencyKey });
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a counter', description: 'It reads 0 from then on.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  @ApiErrors(400, 503, 504)
  delete(@Param('name') name: string): Promise<void> {
    return this.counters.delete([name]);
  }
}
