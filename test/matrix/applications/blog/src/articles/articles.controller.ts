import { Body, Controller, Get, Param, ParseIntPipe, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard, type AuthorizedRequest } from '../auth/auth.guard';
import { UsersService } from '../users/users.service';
import type { Article } from './article.entity';
import { ArticlesService } from './articles.service';

@Controller('articles')
export class ArticlesController {
  constructor(
    private readonly articles: ArticlesService,
    private readonly users: UsersService,
  ) {}

  @Post()
  @UseGuards(AuthGuard)
  create(@Body() { title, body }: Article, @Req() { user }: AuthorizedRequest) {
    return this.articles.create({ title, body, authorId: user.id });
  }

  @Get()
  findAll() {
    return this.articles.findAll();
  }

  @Get(':id')
  async findOne(@Param('id', ParseIntPipe) id: number) {
    const article = await this.articles.findOne(id);
    return {
      ...article,
      author: await this.users.emailOf(article.authorId),
    };
  }
}
