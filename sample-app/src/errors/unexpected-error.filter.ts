import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ErrorResponseDto } from './error-response.dto.js';
import { isDatabaseAway } from './is-database-away.js';
import { QuietLog } from './quiet-log.js';

const UNAVAILABLE: number = HttpStatus.SERVICE_UNAVAILABLE;

interface HttpRequest {
  method: string;
}

/** Whatever no other filter takes: that the database of the articles is away, errors of Express, and bugs. */
@Catch()
export class UnexpectedErrorFilter implements ExceptionFilter<unknown> {
  private readonly log = new QuietLog(UnexpectedErrorFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const http = host.switchToHttp();
    const response: unknown = http.getResponse();
    const body = this.answerTo(error);
    // What writes may have been done before the connection ended.
    const mayRepeat = http.getRequest<HttpRequest>().method === 'GET';
    if (body.statusCode === UNAVAILABLE && mayRepeat) {
      httpAdapter.setHeader(response, 'Retry-After', '1');
    }
    httpAdapter.reply(response, body, body.statusCode);
  }

  private answerTo(error: unknown): ErrorResponseDto {
    if (isDatabaseAway(error)) {
      this.log.warn('away', `The database of the articles does not answer: ${String(error)}`);
      return {
        statusCode: UNAVAILABLE,
        code: 'DATABASE_UNAVAILABLE',
        message: 'The database is not available',
      };
    }
    if (isOfClient(error)) {
      const { statusCode, message } = error;
      return { statusCode, code: HttpStatus[statusCode] ?? 'HTTP_ERROR', message };
    }
    this.log.error(error instanceof Error ? error.message : String(error), error);
    return {
      statusCode: HttpStatus.INTERNAL_SERVER_ERROR,
      code: 'INTERNAL_SERVER_ERROR',
      message: 'Internal server error',
    };
  }
}

/** As Express has them: a body that is too large, say. */
const isOfClient = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  error.statusCode >= 400 &&
  error.statusCode < 500;
