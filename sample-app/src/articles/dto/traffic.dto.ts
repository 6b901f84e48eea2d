import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

export class TrafficDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 10_000, example: 500 })
  @IsInt()
  @Min(1)
  @Max(10_000)
  visitors!: number;
}
