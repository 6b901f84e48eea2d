import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { ArticlesService } from './articles.service.js';
import { TrafficDto } from './dto/traffic.dto.js';

/** Readers who do not exist, to see counters move. */
@ApiTags('articles')
@Controller('traffic')
export class TrafficController {
  constructor(private readonly articles: ArticlesService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send visitors',
    description:
      'Each of them reads one of the ten newest articles, the newest the most often. Answers when all views are counted.',
  })
  @ApiOkResponse({ type: TrafficDto })
  @ApiErrors(400, 503)
  async send(@Body() { visitors }: TrafficDto): Promise<TrafficDto> {
    const articles = await this.articles.list({ limit: 10 });
    if (articles.length === 0) return { visitors: 0 };
    await Promise.all(
      Array.from({ length: visitors }, () => {
        const which = Math.floor(articles.length * Math.random() ** 2);
        return this.articles.countView(articles[which]?.id ?? 0, randomUUID());
      }),
    );
    return { visitors };
  }
}
