import { ApiProperty } from '@nestjs/swagger';

export class TenantUsageDto {
  @ApiProperty({ example: 'globex' })
  tenant!: string;

  @ApiProperty({ example: 'pro' })
  plan!: string;

  @ApiProperty({ example: 10_000, description: 'Calls of this month that the plan includes' })
  included!: number;

  @ApiProperty({ example: 12_400 })
  used!: number;

  @ApiProperty({ example: 0, description: 'Calls that are left of these' })
  remaining!: number;

  @ApiProperty({ example: 2_400, description: 'Calls beyond these' })
  overage!: number;

  @ApiProperty({ description: 'When the next month begins' })
  resetsAt!: Date;
}
