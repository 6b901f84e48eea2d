import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class InvoiceLineDto {
  @ApiProperty({ example: 'Further calls, per 1,000' })
  text!: string;

  @ApiProperty({ example: 3 })
  quantity!: number;

  @ApiProperty({ example: 50, description: 'Of one, in cents' })
  price!: number;

  @ApiProperty({ example: 150, description: 'In cents' })
  amount!: number;
}

export class CorrectionDto {
  @ApiProperty({ example: -250, description: 'How many calls were added' })
  calls!: number;

  @ApiProperty({ example: 'load test of the 14th' })
  reason!: string;

  @ApiProperty({ example: 'ada' })
  by!: string;

  @ApiProperty()
  madeAt!: Date;
}

export class InvoiceDto {
  @ApiProperty({ example: 'globex' })
  tenant!: string;

  @ApiProperty({ example: 'pro' })
  plan!: string;

  @ApiProperty({ description: 'When the month begins' })
  from!: Date;

  @ApiProperty({ description: 'When it ends' })
  to!: Date;

  @ApiProperty({ example: 12_400 })
  calls!: number;

  @ApiProperty({ type: [InvoiceLineDto] })
  lines!: InvoiceLineDto[];

  @ApiProperty({ example: 'EUR' })
  currency!: string;

  @ApiProperty({ example: 2_150, description: 'In cents' })
  amount!: number;

  @ApiProperty({ description: 'Whether only a correction can change it' })
  final!: boolean;

  @ApiPropertyOptional({ description: 'Of a final invoice: since when it is' })
  finalSince?: Date;

  @ApiPropertyOptional({ description: 'Of any other one: calls before this are in it' })
  asOf?: Date;

  @ApiProperty({ type: [CorrectionDto], description: 'Those since it was final' })
  corrections!: CorrectionDto[];

  @ApiProperty({ example: 0, description: 'What corrections added to the amount, in cents' })
  corrected!: number;
}
