import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

interface HttpRequest {
  headers: Record<string, string | string[] | undefined>;
}

/** Requests whose handler counts under the idempotency key that they came with. */
const repeatable = new WeakSet<object>();

/** The header Idempotency-Key, for a handler that counts under it; undefined without one. */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<HttpRequest>();
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return undefined;
  repeatable.add(request);
  return key;
});

/** Whether the request may be sent again after any error: what was counted is not counted twice. */
export const isRepeatable = (request: object): boolean => repeatable.has(request);
