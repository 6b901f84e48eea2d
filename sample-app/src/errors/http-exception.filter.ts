import {
  Catch,
  HttpException,
  HttpStatus,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ErrorResponseDto } from './error-response.dto.js';

/** Gives Nest's own errors the shape of all others. */
@Catch(HttpException)
export class HttpExceptionFilter implements ExceptionFilter<HttpException> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: HttpException, host: ArgumentsHost): void {
    const statusCode = exception.getStatus();
    const body: ErrorResponseDto = {
      statusCode,
      code: HttpStatus[statusCode] ?? 'HTTP_ERROR',
      message: messageOf(exception),
    };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, statusCode);
  }
}

/** ValidationPipe has one message per wrong field. */
function messageOf(exception: HttpException): string | string[] {
  const response = exception.getResponse();
  return typeof response === 'object' && 'message' in response && Array.isArray(response.message)
    ? response.message.map(String)
    : exception.message;
}
