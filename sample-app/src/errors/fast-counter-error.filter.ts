import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { BackpressureError, FastCounterError, type FastCounterErrorCode } from 'nestjs-fastcounter';
import { isRepeatable } from '../counters/repeatable.js';
import type { ErrorResponseDto } from './error-response.dto.js';
import { QuietLog } from './quiet-log.js';

interface Answer {
  status: HttpStatus;
  /** For the client, who must not read where our servers are. Default: the error's own, which is about the request. */
  message?: string;
  /** Whether the same request may be sent again without counting twice. */
  mayRepeat?: boolean;
}

const tryAgain = (message: string): Answer => ({
  status: HttpStatus.SERVICE_UNAVAILABLE,
  message: `${message}; try again later`,
  mayRepeat: true,
});

/** What a client can do something about; everything else is a fault of this application. */
const answers: Partial<Record<FastCounterErrorCode, Answer>> = {
  INVALID_COUNTER_NAME: { status: HttpStatus.BAD_REQUEST },
  INVALID_ARGUMENT: { status: HttpStatus.BAD_REQUEST },
  COUNTER_OVERFLOW: { status: HttpStatus.CONFLICT },
  IDEMPOTENCY_CONFLICT: { status: HttpStatus.CONFLICT },
  BACKPRESSURE: tryAgain('Too many counts wait, so nothing was counted'),
  CACHE_UNAVAILABLE: tryAgain('Counts are not available for the moment, and nothing was counted'),
  DATABASE_UNAVAILABLE: tryAgain('The database is not available, and nothing was counted'),
  SHUT_DOWN: tryAgain('The application is shutting down, so nothing was counted'),
  OUTCOME_UNKNOWN: {
    status: HttpStatus.GATEWAY_TIMEOUT,
    message: 'It may have been counted, now or later: look at the counter before you repeat it',
  },
  FLUSH_TIMEOUT: {
    status: HttpStatus.GATEWAY_TIMEOUT,
    message: 'Not everything is in the database yet; nothing is lost',
  },
};

/** By its key a repetition counts nothing that was counted. */
const unknownButRepeatable = {
  status: HttpStatus.SERVICE_UNAVAILABLE,
  message: 'It may have been counted; the same request sent again, with its key, counts once',
  mayRepeat: true,
};

const ourFault: Answer = {
  status: HttpStatus.INTERNAL_SERVER_ERROR,
  message: 'Internal server error',
};

@Catch(FastCounterError)
export class FastCounterErrorFilter implements ExceptionFilter<FastCounterError> {
  private readonly log = new QuietLog(FastCounterErrorFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: FastCounterError, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const http = host.switchToHttp();
    const response: unknown = http.getResponse();
    const { status, message = error.message, mayRepeat = false } = answerTo(error, http);

    // The package logs by itself that a server is away.
    if (status === HttpStatus.INTERNAL_SERVER_ERROR) this.log.error(error.code, error);
    if (mayRepeat) httpAdapter.setHeader(response, 'Retry-After', retryAfter(error));
    const body: ErrorResponseDto = { statusCode: status, code: error.code, message };
    httpAdapter.reply(response, body, status);
  }
}

function answerTo(error: FastCounterError, http: { getRequest(): object }): Answer {
  if (error.code === 'OUTCOME_UNKNOWN' && isRepeatable(http.getRequest())) {
    return unknownButRepeatable;
  }
  return answers[error.code] ?? ourFault;
}

/** In seconds, as the header wants it. */
function retryAfter(error: FastCounterError): string {
  const milliseconds = error instanceof BackpressureError ? error.retryAfter : 1000;
  return Math.ceil(milliseconds / 1000).toString();
}
