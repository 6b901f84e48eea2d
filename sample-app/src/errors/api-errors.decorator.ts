import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ErrorResponseDto } from './error-response.dto.js';

const errors = {
  400: { description: 'The input is invalid' },
  401: { description: 'The header X-API-Key names no tenant' },
  404: { description: 'There is no such article' },
  409: { description: 'COUNTER_OVERFLOW or IDEMPOTENCY_CONFLICT: nothing was counted' },
  429: { description: 'The quota of the month is used up' },
  503: {
    description:
      'BACKPRESSURE, CACHE_UNAVAILABLE, DATABASE_UNAVAILABLE or SHUT_DOWN: nothing was counted. OUTCOME_UNKNOWN of a request with an Idempotency-Key. Send it again later where Retry-After says when; without that header it may have been done.',
    headers: { 'Retry-After': { description: 'In seconds', schema: { type: 'integer' } } },
  },
  504: {
    description:
      'OUTCOME_UNKNOWN: it may have been counted, so look before you repeat it. FLUSH_TIMEOUT: not everything is in the database yet; nothing is lost.',
  },
} as const;

/** Documents the errors that an endpoint answers beside its results. */
export function ApiErrors(...statuses: (keyof typeof errors)[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, type: ErrorResponseDto, ...errors[status] })),
  );
}
