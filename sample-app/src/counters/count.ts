import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

/**
 * How a 64-bit count travels in JSON, whose numbers are exact up to ±(2^53 − 1) only: as a number
 * when it is exact, else as a string of digits.
 */
export type Count = number | string;

export function toCount(value: bigint): Count {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

export function ApiCount(options: { description?: string } = {}): PropertyDecorator {
  return ApiProperty({
    oneOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?\\d+$' }],
    description: 'A string when it is beyond ±(2^53 − 1), where numbers in JSON are not exact',
    example: 42,
    ...options,
  } satisfies ApiPropertyOptions);
}
