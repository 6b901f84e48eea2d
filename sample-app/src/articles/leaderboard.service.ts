import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CounterService } from 'nestjs-fastcounter';
import { In, Repository } from 'typeorm';
import { toCount } from '../counters/count.js';
import { articleIdOf, viewsPrefix } from './article-counters.js';
import { Article } from './article.entity.js';
import type { RankedArticleDto } from './dto/ranked-article.dto.js';

@Injectable()
export class LeaderboardService {
  constructor(
    @InjectRepository(Article) private readonly articles: Repository<Article>,
    private readonly counters: CounterService,
  ) {}

  async mostViewed(limit: number): Promise<RankedArticleDto[]> {
    const counters = await this.counters.list({
      prefix: viewsPrefix,
      order: 'value',
      limit,
      bigint: true,
    });
    const ranking = counters.flatMap(({ name, value }) => {
      const id = articleIdOf(name);
      return id === undefined ? [] : [{ id, views: toCount(value) }];
    });

    const articles = await this.articles.findBy({ id: In(ranking.map(({ id }) => id)) });
    const titles = new Map(articles.map(({ id, title }) => [id, title]));
    return ranking.flatMap(({ id, views }) => {
      const title = titles.get(id);
      return title === undefined ? [] : [{ id, title, views }];
    });
  }
}
