import { ApiProperty } from '@nestjs/swagger';

/** The shape of every error. */
export class ErrorResponseDto {
  @ApiProperty({ example: 400 })
  statusCode!: number;

  @ApiProperty({ description: 'Stable, for programs', example: 'INVALID_COUNTER_NAME' })
  code!: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'For people; a list where several fields are wrong',
  })
  message!: string | string[];
}
