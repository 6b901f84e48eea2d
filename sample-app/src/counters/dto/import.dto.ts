import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, ValidateNested } from 'class-validator';
import { Delta } from '../delta.decorator.js';

export class ImportedIncrementDto {
  @ApiProperty({ example: 'downloads' })
  @IsString()
  name!: string;

  @Delta()
  delta?: number | bigint;
}

export class ImportDto {
  @ApiProperty({ type: [ImportedIncrementDto], minItems: 1, maxItems: 10_000 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => ImportedIncrementDto)
  increments!: ImportedIncrementDto[];
}
