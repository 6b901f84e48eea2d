import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { EventEmitter } from 'node:events';
import type { Observable } from 'rxjs';
import { isRecord } from '../../words/read-options.js';
import { watchResult } from '../rules/watch-result.js';

/** Takes how a call ended that is charged for success alone. */
type Ended = (succeeded: boolean) => void;

/** Calls under way that are no requests of HTTP, by their arguments: guards and interceptors get contexts of their own. */
const underWay = new WeakMap<object, Ended>();

/** Statuses from there on are no success. */
const FIRST_ERROR = 400;

/**
 * Tells how a call ends, once. A request of HTTP ends with its answer: its status is that of guards, pipes and filters too. Any other
 * call ends with its handler, which the interceptor `watchedHandler` sees.
 */
export function whenEnded(context: ExecutionContext, ended: Ended): void {
  if (context.getType() !== 'http') {
    underWay.set(context.getArgs(), ended);
    return;
  }
  const response = rawOf(context.switchToHttp().getResponse<unknown>());
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    ended(response.statusCode < FIRST_ERROR);
  };
  response.once('finish', end);
  // without an answer where the client has left: that is charged, or leaving would be free
  response.once('close', end);
}

type Response = EventEmitter & { statusCode: number };

/** Fastify has the response of Node.js inside its own. */
const rawOf = (response: unknown): Response =>
  (isRecord(response) && isRecord(response.raw) ? response.raw : response) as Response;

export const watchedHandler: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler) {
    const args = context.getArgs();
    const ended = underWay.get(args);
    if (ended === undefined) return next.handle();
    underWay.delete(args);
    return watchResult(next.handle(), (outcome) =>
      ended(outcome === 'success'),
    ) as Observable<unknown>;
  },
};
