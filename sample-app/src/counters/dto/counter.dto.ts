import { ApiProperty } from '@nestjs/swagger';
import { ApiCount, type Count } from '../count.js';

export class CounterDto {
  @ApiProperty({ example: 'downloads' })
  name!: string;

  @ApiCount()
  value!: Count;
}
