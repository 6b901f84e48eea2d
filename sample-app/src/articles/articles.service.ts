import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CounterService, type CountWindow, InjectCounter, NamedCounter } from 'nestjs-fastcounter';
import { LessThan, Repository } from 'typeorm';
import { toCount, type Count } from '../counters/count.js';
import { LIKES, VIEWS, WRITTEN } from './article-counters.js';
import { Article } from './article.entity.js';
import type { ArticlePageDto } from './dto/article-page.dto.js';
import { ArticleDto } from './dto/article.dto.js';
import type { CreateArticleDto } from './dto/create-article.dto.js';

const HALF_AN_HOUR = 1_800_000;
/** The package keeps no key for ever: after this time a visitor may like an article once more. */
const YEAR = 365 * 86_400_000;
const BIGINT = { bigint: true } as const;

@Injectable()
export class ArticlesService {
  constructor(
    @InjectRepository(Article) private readonly articles: Repository<Article>,
    private readonly counters: CounterService,
    @InjectCounter(VIEWS) private readonly views: NamedCounter,
    @InjectCounter(LIKES) private readonly likes: NamedCounter,
  ) {}

  async create(article: CreateArticleDto): Promise<ArticleDto> {
    // An article that is rolled back is not counted.
    const created = await this.articles.manager.transaction(async (manager) => {
      await this.counters.incr(WRITTEN, 1, { transaction: manager });
      return manager.save(this.articles.create(article));
    });
    return ArticleDto.of(created);
  }

  async list({ limit, before }: ArticlePageDto): Promise<ArticleDto[]> {
    const articles = await this.articles.find({
      where: before === undefined ? {} : { id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit,
    });
    // Reads of one turn go together: one read for all counts of the page.
    const ids = articles.map(({ id }) => id);
    const [views, likes] = await Promise.all([
      this.views.counts(ids, BIGINT),
      this.likes.counts(ids, BIGINT),
    ]);
    return articles.map((article, index) => ArticleDto.of(article, views[index], likes[index]));
  }

  async view(id: number, visitor: string): Promise<ArticleDto> {
    const article = await this.find(id);
    // Not awaited: an article is served though its view cannot be counted, which the package logs.
    void this.countView(id, visitor);
    const [views, likes] = await Promise.all([
      this.views.count(id, BIGINT),
      this.likes.count(id, BIGINT),
    ]);
    return ArticleDto.of(article, views, likes);
  }

  /** Answers whether the visitor counted. */
  countView(id: number, visitor: string): Promise<boolean> {
    const windows: CountWindow[] = ['day', 'week'];
    return this.counters.incrOnce(this.views.nameOf(id), visitor, {
      within: HALF_AN_HOUR,
      windows,
    });
  }

  async like(id: number, visitor: string): Promise<Count> {
    const article = await this.find(id);
    await this.counters.incrOnce(this.likes.nameOf(id), visitor, { within: YEAR });
    return this.likesOf(article);
  }

  async unlike(id: number, visitor: string): Promise<Count> {
    const article = await this.find(id);
    await this.counters.undoOnce(this.likes.nameOf(id), visitor);
    return this.likesOf(article);
  }

  private async likesOf({ id }: Article): Promise<Count> {
    return toCount(await this.likes.count(id, BIGINT));
  }

  private async find(id: number): Promise<Article> {
    const article = await this.articles.findOneBy({ id });
    if (article === null) throw new NotFoundException(`There is no article ${id}`);
    return article;
  }
}
