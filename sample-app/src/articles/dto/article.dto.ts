import { ApiProperty } from '@nestjs/swagger';
import { ApiCount, toCount, type Count } from '../../counters/count.js';
import type { Article } from '../article.entity.js';

export class ArticleDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty()
  title!: string;

  @ApiProperty()
  body!: string;

  @ApiProperty()
  createdAt!: Date;

  @ApiCount()
  views!: Count;

  @ApiCount()
  likes!: Count;

  static of({ id, title, body, createdAt }: Article, views = 0n, likes = 0n): ArticleDto {
    return { id, title, body, createdAt, views: toCount(views), likes: toCount(likes) };
  }
}
