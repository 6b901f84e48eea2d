import { ApiProperty } from '@nestjs/swagger';

export class EndpointUsageDto {
  @ApiProperty({ example: 'words' })
  endpoint!: string;

  @ApiProperty({ example: 42 })
  calls!: number;
}

export class DayUsageDto {
  @ApiProperty({ example: '2026-01-31' })
  day!: string;

  @ApiProperty({ example: 7 })
  calls!: number;
}

export class UsageDto {
  @ApiProperty({ example: 'acme' })
  tenant!: string;

  @ApiProperty({ example: 42 })
  calls!: number;

  @ApiProperty({ type: [EndpointUsageDto] })
  endpoints!: EndpointUsageDto[];

  @ApiProperty({ type: [DayUsageDto], description: 'Those of this month up to today, in UTC' })
  days!: DayUsageDto[];
}
