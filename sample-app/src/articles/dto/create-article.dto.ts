import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, NotContains } from 'class-validator';

/** The one character that PostgreSQL cannot store. */
const nul = '\0';

export class CreateArticleDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Hello' })
  @IsString()
  @Length(1, 200)
  @NotContains(nul)
  title!: string;

  @ApiProperty({ minLength: 1, maxLength: 20_000, example: 'My first article' })
  @IsString()
  @Length(1, 20_000)
  @NotContains(nul)
  body!: string;
}
