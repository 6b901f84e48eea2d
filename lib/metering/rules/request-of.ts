import type { ExecutionContext } from '@nestjs/common';
import { property } from './template.js';

/** What `{request}` stands for: the client of a gateway, the context of a microservice, the request of all others. */
export function requestOf(context: ExecutionContext): unknown {
  switch (context.getType<string>()) {
    case 'http':
      return context.switchToHttp().getRequest();
    case 'ws':
      return context.switchToWs().getClient();
    case 'rpc':
      return context.switchToRpc().getContext();
    case 'graphql':
      return property(context.getArgByIndex(2), 'req');
    default:
      return undefined;
  }
}
