import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FastCounterModule } from 'nestjs-fastcounter';
import { LIKES, VIEWS } from './article-counters.js';
import { Article } from './article.entity.js';
import { ArticlesController } from './articles.controller.js';
import { ArticlesService } from './articles.service.js';
import { LeaderboardController } from './leaderboard.controller.js';
import { LeaderboardService } from './leaderboard.service.js';
import { LiveController } from './live.controller.js';
import { TrafficController } from './traffic.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([Article]), FastCounterModule.forFeature([VIEWS, LIKES])],
  controllers: [ArticlesController, LiveController, LeaderboardController, TrafficController],
  providers: [ArticlesService, LeaderboardService],
})
export class ArticlesModule {}
