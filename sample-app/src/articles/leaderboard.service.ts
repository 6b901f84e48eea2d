import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MeteringService } from 'nestjs-fastcounter';
import { In, Repository } from 'typeorm';
import { toCount } from '../counters/count.js';
import { VIEWS } from './article-counters.js';
import { Article } from './article.entity.js';
import type { RankedArticleDto } from './dto/ranked-article.dto.js';

@Injectable()
export class LeaderboardService {
  constructor(
    @InjectRepository(Article) private readonly articles: Repository<Article>,
    private readonly metering: MeteringService,
  ) {}

  /** By an index on our own column: no other table is read. */
  async mostViewed(limit: number): Promise<RankedArticleDto[]> {
    const ranked = await this.articles.find({
      select: { id: true, title: true, views: true },
      order: { views: 'DESC', id: 'DESC' },
      take: limit,
    });
    return ranked.map(({ id, title, views }) => ({ id, title, views: toCount(BigInt(views)) }));
  }

  /** Right to the last view, whatever is persisted of it. */
  async mostViewedOf(window: 'day' | 'week', limit: number): Promise<RankedArticleDto[]> {
    const prefix = `${VIEWS}:`;
    const top = await this.metering.top({ prefix, window, limit, bigint: true });
    const ranked = top.map(({ name, value }) => ({ id: Number(name.slice(prefix.length)), value }));
    const articles = await this.articles.find({
      select: { id: true, title: true },
      where: { id: In(ranked.map(({ id }) => id)) },
    });
    const titles = new Map(articles.map(({ id, title }) => [id, title]));
    return ranked.flatMap(({ id, value }) => {
      const title = titles.get(id);
      return title === undefined ? [] : [{ id, title, views: toCount(value) }];
    });
  }
}
