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
    summary: 'The most viewed articles of all time',
    description:
      'Ranked by the database, so these are persisted values: views counted within the last update interval may be missing. POST /counters/flush persists them at once.',
  })
  @ApiOkResponse({ type: [RankedArticleDto] })
  @ApiErrors(400, 503)
  mostViewed(@Query() { limit }: LeaderboardQueryDto): Promise<RankedArticleDto[]> {
    return this.leaderboard.mostViewed(limit);
  }

  @Get('today')
  @ApiOperation({
    summary: 'The most viewed articles of today',
    description: 'Right to the last view that was counted. A day is one of UTC.',
  })
  @ApiOkResponse({ type: [RankedArticleDto] })
  @ApiErrors(400, 503)
  mostViewedToday(@Query() { limit }: LeaderboardQueryDto): Promise<RankedArticleDto[]> {
    return this.leaderboard.mostViewedOf('day', limit);
  }

  @Get('week')
  @ApiOperation({
    summary: 'The most viewed articles of this week',
    description:
      'Right to the last view that was counted. A week begins on Monday, in UTC. Articles without a view this week are left out.',
  })
  @ApiOkResponse({ type: [RankedArticleDto] })
  @ApiErrors(400, 503)
  mostViewedThisWeek(@Query() { limit }: LeaderboardQueryDto): Promise<RankedArticleDto[]> {
    return this.leaderboard.mostViewedOf('week', limit);
  }
}
