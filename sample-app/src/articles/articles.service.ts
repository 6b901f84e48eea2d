import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CounterService } from 'nestjs-fastcounter';
import { LessThan, Repository } from 'typeorm';
import { toCount, type Count } from '../counters/count.js';
import { likesOf, viewsOf } from './article-counters.js';
import { Article } from './article.entity.js';
import type { ArticlePageDto } from './dto/article-page.dto.js';
import { ArticleDto } from './dto/article.dto.js';
import type { CreateArticleDto } from './dto/create-article.dto.js';

@Injectable()
export class ArticlesService {
  constructor(
    @InjectRepository(Article) private readonly articles: Repository<Article>,
    private readonly counters: CounterService,
  ) {}

  async create(article: CreateArticleDto): Promise<ArticleDto> {
    const created = await this.articles.save(this.articles.create(article));
    return ArticleDto.of(created);
  }

  async list({ limit, before }: ArticlePageDto): Promise<ArticleDto[]> {
    const articles = await this.articles.find({
      where: before === undefined ? {} : { id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit,
    });
    // One read for all counts of the page.
    const counts = await this.counters.getCounts(
      articles.flatMap(({ id }) => [viewsOf(id), likesOf(id)]),
      { bigint: true },
    );
    return articles.map((article, index) =>
      ArticleDto.of(article, counts[2 * index], counts[2 * index + 1]),
    );
  }

  async view(id: number): Promise<ArticleDto> {
    const article = await this.find(id);
    // Not awaited: an article is served though its view cannot be counted, which the package logs.
    void this.counters.incr(viewsOf(id));
    const [views, likes] = await this.counters.getCounts([viewsOf(id), likesOf(id)], {
      bigint: true,
    });
    return ArticleDto.of(article, views, likes);
  }

  async like(id: number): Promise<Count> {
    return this.addLikes(await this.find(id), 1);
  }

  async unlike(id: number): Promise<Count> {
    return this.addLikes(await this.find(id), -1);
  }

  private async addLikes({ id }: Article, delta: number): Promise<Count> {
    return toCount(await this.counters.incrAndGet(likesOf(id), delta, { bigint: true }));
  }

  private async find(id: number): Promise<Article> {
    const article = await this.articles.findOneBy({ id });
    if (article === null) throw new NotFoundException(`There is no article ${id}`);
    return article;
  }
}
