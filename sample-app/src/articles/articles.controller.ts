import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../errors/api-errors.decorator.js';
import { ArticlesService } from './articles.service.js';
import { ArticleIdDto } from './dto/article-id.dto.js';
import { ArticlePageDto } from './dto/article-page.dto.js';
import { ArticleDto } from './dto/article.dto.js';
import { CreateArticleDto } from './dto/create-article.dto.js';
import { LikesDto } from './dto/likes.dto.js';
import { Visitor } from './visitor.decorator.js';

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
    description:
      'A visitor counts once in half an hour. The answer does not wait for its own view to be counted, and may not include it.',
  })
  @ApiOkResponse({ type: ArticleDto })
  @ApiErrors(400, 404, 503)
  view(@Param() { id }: ArticleIdDto, @Visitor() visitor: string): Promise<ArticleDto> {
    return this.articles.view(id, visitor);
  }

  @Post(':id/like')
  @HttpCode(200)
  @ApiOperation({ summary: 'Like an article', description: 'A visitor counts once.' })
  @ApiOkResponse({ type: LikesDto })
  @ApiErrors(400, 404, 503)
  async like(@Param() { id }: ArticleIdDto, @Visitor() visitor: string): Promise<LikesDto> {
    return { likes: await this.articles.like(id, visitor) };
  }

  @Delete(':id/like')
  @ApiOperation({ summary: 'Take the like of this visitor back, if there is one' })
  @ApiOkResponse({ type: LikesDto })
  @ApiErrors(400, 404, 503)
  async unlike(@Param() { id }: ArticleIdDto, @Visitor() visitor: string): Promise<LikesDto> {
    return { likes: await this.articles.unlike(id, visitor) };
  }
}
