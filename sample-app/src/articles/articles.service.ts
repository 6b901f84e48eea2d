import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CounterService } from 'nestjs-fastcounter';
import { LessThan, Repository } from 'typeorm';
import { toCount, type Count } from '../counters/count.js';
import { likesOf, viewsOf, WRITTEN } from './article-counters.js';
import { Article } from './article.entity.js';
import type { ArticlePageDto } from './dto/article-page.dto.js';
import { ArticleDto } from './dto/article.dto.js';
import type { CreateArticleDto } from './dto/create-article.dto.js';

const HALF_AN_HOUR = 1_800_000;
/** The package keeps no key for ever: after this time a visitor may like an article once more. */
const YEAR = 365 * 86_400_000;

@Injectable()
export class ArticlesService {
  constructor(
    @InjectRepository(Article) private readonly articles: Repository<Article>,
    private readonly counters: CounterService,
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
    // One read for all counts of the page.
    const counts = await this.counters.getCounts(
      articles.flatMap(({ id }) => [viewsOf(id), likesOf(id)]),
      { bigint: true },
    );
    return articles.map((article, index) =>
      ArticleDto.of(article, counts[2 * index], counts[2 * index + 1]),
    );
  }

  async view(id: number, visitor: string): Promise<ArticleDto> {
    const article = await this.find(id);
    // Not awaited: an article is served though its view cannot be counted, which the package logs.
    void this.counters.incrOnce(viewsOf(id), visitor, { within: HALF_AN_HOUR });
    const [views, likes] = await this.counters.getCounts([viewsOf(id), likesOf(id)], {
      bigint: true,
    });
    return ArticleDto.of(article, views, likes);
  }

  async like(id: number, visitor: string): Promise<Count> {
    const article = await this.find(id);
    await this.counters.incrOnce(likesOf(id), visitor, { within: YEAR });
    return this.likesOf(article);
  }

  async unlike(id: number, visitor: string): Promise<Count> {
    const article = await this.find(id);
    await this.counters.undoOnce(likesOf(id), visitor);
    return this.likesOf(article);
  }

  private async likesOf({ id }: Article): Promise<Count> {
    return toCount(await this.counters.getCount(likesOf(id), { bigint: true }));
  }

  private async find(id: number): Promise<Article> {
    const article = await this.articles.findOneBy({ id });
    if (article === null) throw new NotFoundException(`There is no article ${id}`);
    return article;
  }
}
