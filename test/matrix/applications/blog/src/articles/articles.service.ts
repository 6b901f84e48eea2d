import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Article } from './article.entity';

@Injectable()
export class ArticlesService {
  constructor(@InjectRepository(Article) private readonly articles: Repository<Article>) {}

  create(article: Omit<Article, 'id'>): Promise<Article> {
    return this.articles.save(article);
  }

  findAll(): Promise<Article[]> {
    return this.articles.find({ order: { id: 'ASC' } });
  }

  async findOne(id: number): Promise<Article> {
    const article = await this.articles.findOneBy({ id });
    if (article === null) throw new NotFoundException(`There is no article ${id}`);
    return article;
  }
}
