import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { markRepeatable } from '../counters/repeatable.js';

interface AddressedRequest {
  ip?: string;
}

/** The address of the visitor, for a handler that counts once by it; a real application would take its user for likes. */
export const Visitor = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<AddressedRequest>();
  markRepeatable(request);
  return request.ip ?? 'somebody';
});
