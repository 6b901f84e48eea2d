import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

export class MonthDto {
  @ApiProperty({ example: '2026-10', description: 'The month in which the billed month begins' })
  @Matches(/^(19[7-9]|[2-9]\d\d)\d-(0[1-9]|1[0-2])$/, { message: 'month must be such as 2026-10' })
  month!: string;
}
