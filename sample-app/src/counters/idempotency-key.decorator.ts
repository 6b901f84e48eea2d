import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { markRepeatable } from './repeatable.js';

interface HttpRequest {
  headers: Record<string, string | string[] | undefined>;
}

/** The header Idempotency-Key, for a handler that counts under it; undefined without one. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return undefined;
  markRepeatable(request);
  return key;
});
