import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
} from '@nestjs/common';
import type { DashboardAccess, ResolvedDashboardOptions } from '../dashboard-options.js';
import { DASHBOARD_OPTIONS } from '../tokens.js';

/** What a request may do, and whose it is. */
export interface Caller {
  access: Exclude<DashboardAccess, 'forbidden'>;
  by?: string | undefined;
}

const callers = new WeakMap<object, Caller>();

/** Whose request this is; the guard has let it in. */
export function callerOf(request: object): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new ForbiddenException();
  return caller;
}

/** Runs behind the guard of the application, and asks `access` what the request may do. */
@Injectable()
export class DashboardAccessGuard implements CanActivate {
  constructor(@Inject(DASHBOARD_OPTIONS) private readonly options: ResolvedDashboardOptions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { readOnly, access, by } = this.options;
    const answer: unknown = await access(context);
    if (answer !== 'read' && answer !== 'operate') return false;
    const request = context.switchToHttp().getRequest<object>();
    const named: unknown = by?.(context);
    callers.set(request, {
      access: readOnly ? 'read' : answer,
      by: typeof named === 'string' && named !== '' ? named.slice(0, 255) : undefined,
    });
    return true;
  }
}
