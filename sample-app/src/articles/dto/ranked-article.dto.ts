import { ApiProperty } from '@nestjs/swagger';
import { ApiCount, type Count } from '../../counters/count.js';

export class RankedArticleDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty()
  title!: string;

  @ApiCount({
    description: 'Of all time: as the database has them, without what was counted since',
  })
  views!: Count;
}
