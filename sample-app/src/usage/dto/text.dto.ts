import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

export class TextDto {
  @ApiProperty({ maxLength: 10_000, example: 'Count my words' })
  @IsString()
  @MaxLength(10_000)
  text!: string;
}
