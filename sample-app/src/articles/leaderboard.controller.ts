import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { LeaderboardQueryDto } from './dto/leaderboard-query.dto.js';
import { RankedArticleDto } from './dto/ranked-article.dto.js';
import { LeaderboardService } from './leaderboard.service.js';

@ApiTags('articles')
@Controller('leaderboard')
export class LeaderboardController {
  constructor(private readonly leaderboard: LeaderboardService) {}

  @Get()
  @ApiOperation({
    summary: 'The most viewed articles',
    description:
      'Ranked by the database, so these are persisted values: views counted within the last update interval may be missing. POST /counters/flush persists them at once.',
  })
  @ApiOkResponse({ type: [RankedArticleDto] })
  @ApiErrors(400, 503)
  mostViewed(@Query() { limit }: LeaderboardQueryDto): Promise<RankedArticleDto[]> {
    return this.leaderboard.mostViewed(limit);
  }
}
