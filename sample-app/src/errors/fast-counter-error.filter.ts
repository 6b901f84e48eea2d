import {
  Catch,
  HttpStatus,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { BackpressureError, FastCounterError, type FastCounterErrorCode } from 'nestjs-fastcounter';
import type { ErrorResponseDto } from './error-response.dto.js';

/** What a client can do something about; everything else is a fault of this application. */
const statusOfCode: Partial<Record<FastCounterErrorCode, HttpStatus>> = {
  INVALID_COUNTER_NAME: HttpStatus.BAD_REQUEST,
  INVALID_ARGUMENT: HttpStatus.BAD_REQUEST,
  COUNTER_OVERFLOW: HttpStatus.CONFLICT,
  IDEMPOTENCY_CONFLICT: HttpStatus.CONFLICT,
  BACKPRESSURE: HttpStatus.SERVICE_UNAVAILABLE,
  CACHE_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  OUTCOME_UNKNOWN: HttpStatus.SERVICE_UNAVAILABLE,
  SHUT_DOWN: HttpStatus.SERVICE_UNAVAILABLE,
  FLUSH_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
};

@Catch(FastCounterError)
export class FastCounterErrorFilter implements ExceptionFilter<FastCounterError> {
  private readonly logger = new Logger(FastCounterErrorFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: FastCounterError, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    const statusCode = statusOfCode[error.code] ?? HttpStatus.INTERNAL_SERVER_ERROR;

    if (statusCode === HttpStatus.INTERNAL_SERVER_ERROR) this.logger.error(error);
    if (statusCode === HttpStatus.SERVICE_UNAVAILABLE) {
      httpAdapter.setHeader(response, 'Retry-After', retryAfter(error));
    }
    const body: ErrorResponseDto = { statusCode, code: error.code, message: error.message };
    httpAdapter.reply(response, body, statusCode);
  }
}

/** In seconds, as the header wants it. */
function retryAfter(error: FastCounterError): string {
  const milliseconds = error instanceof BackpressureError ? error.retryAfter : 1000;
  return Math.ceil(milliseconds / 1000).toString();
}
