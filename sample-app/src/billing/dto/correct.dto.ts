import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, NotEquals } from 'class-validator';
import { MonthDto } from './month.dto.js';

export class CorrectDto extends MonthDto {
  @ApiProperty({ example: -250, description: 'How many calls to add' })
  @IsInt()
  @NotEquals(0)
  calls!: number;

  @ApiProperty({ example: 'load test of the 14th' })
  @IsString()
  @Length(1, 1_000)
  reason!: string;

  @ApiProperty({ example: 'ada' })
  @IsString()
  @Length(1, 255)
  by!: string;

  @ApiProperty({ example: 'ticket-17', description: 'The same one corrects a month once' })
  @IsString()
  @Length(1, 64)
  ticket!: string;
}
