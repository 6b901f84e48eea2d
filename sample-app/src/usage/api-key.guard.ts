import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';

interface KeyedRequest {
  headers: Record<string, string | string[] | undefined>;
}

export const isTenant = (given: unknown): given is string =>
  typeof given === 'string' && /^[\w-]{1,40}$/.test(given);

/** The tenant of a request; a real application would look the key up. */
export function tenantOf(context: ExecutionContext): string {
  const key = context.switchToHttp().getRequest<KeyedRequest>().headers['x-api-key'];
  if (isTenant(key)) return key;
  throw new UnauthorizedException('The header X-API-Key names no tenant');
}

/** The tenant as an argument of a handler. */
export const Tenant = createParamDecorator((_: unknown, context: ExecutionContext) =>
  tenantOf(context),
);

@Injectable()
export class ApiKeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return tenantOf(context) !== '';
  }
}
