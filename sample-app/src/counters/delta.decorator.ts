import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';

const digits = /^-?\d{1,19}$/;

/** An optional 64-bit increment, not 0: a number where it is exact, or a string of digits (see `Count`). */
export function Delta(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      oneOf: [{ type: 'integer' }, { type: 'string', pattern: digits.source }],
      default: 1,
    }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && digits.test(value) ? BigInt(value) : value,
    ),
    ValidateIf((_body, value: unknown) => value !== undefined),
    ValidateBy({
      name: 'delta',
      validator: {
        validate: (value: unknown) =>
          (Number.isSafeInteger(value) && value !== 0) ||
          (typeof value === 'bigint' && value !== 0n),
        defaultMessage: () =>
          '$property must be an integer but 0: a number up to ±(2^53 − 1), or a string of digits',
      },
    }),
  );
}
