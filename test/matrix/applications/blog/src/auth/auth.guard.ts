import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { userIdOf } from './tokens';

export interface AuthorizedRequest {
  headers: { authorization?: string };
  user: { id: number };
}

@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthorizedRequest>();
    const id = userIdOf(request.headers.authorization?.replace('Bearer ', '') ?? '');
    if (id === undefined) throw new UnauthorizedException();
    request.user = { id };
    return true;
  }
}
