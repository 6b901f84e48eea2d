import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { ArticlesService } from './articles.service.js';
import { ArticleIdDto } from './dto/article-id.dto.js';
import { ArticlePageDto } from './dto/article-page.dto.js';
import { ArticleDto } from './dto/article.dto.js';
import { CreateArticleDto } from './dto/create-article.dto.js';
import { LikesDto } from './dto/likes.dto.js';

@ApiTags('articles')
@Controller('articles')
export class ArticlesController {
  constructor(private readonly articles: ArticlesService) {}

  @Post()
  @ApiOperation({ summary: 'Create an article' })
  @ApiCreatedResponse({ type: ArticleDto })
  @ApiErrors(400, 503)
  create(@Body() article: CreateArticleDto): Promise<ArticleDto> {
    return this.articles.create(article);
  }

  @Get()
  @ApiOperation({
    summary: 'List articles, the newest first',
    description: 'Counts no views. The views and likes of the whole page are one read.',
  })
  @ApiOkResponse({ type: [ArticleDto] })
  @ApiErrors(400, 503)
  list(@Query() page: ArticlePageDto): Promise<ArticleDto[]> {
    return this.articles.list(page);
  }

  @Get(':id')
  @ApiOperation({
    summary: 'Read an article, which counts a view',
    description: 'The answer does not wait for its own view to be counted, and may not include it.',
  })
  @ApiOkResponse({ type: ArticleDto })
  @ApiErrors(400, 404, 503)
  view(@Param() { id }: ArticleIdDto): Promise<ArticleDto> {
    return this.articles.view(id);
  }

  @Post(':id/like')
  @HttpCode(200)
  @ApiOperation({ summary: 'Like an article' })
  @ApiOkResponse({ type: LikesDto })
  @ApiErrors(400, 404, 503, 504)
  async like(@Param() { id }: ArticleIdDto): Promise<LikesDto> {
    return { likes: await this.articles.like(id) };
  }

  @Delete(':id/like')
  @ApiOperation({ summary: 'Take a like back' })
  @ApiOkResponse({ type: LikesDto })
  @ApiErrors(400, 404, 503, 504)
  async unlike(@Param() { id }: ArticleIdDto): Promise<LikesDto> {
    return { likes: await this.articles.unlike(id) };
  }
}
