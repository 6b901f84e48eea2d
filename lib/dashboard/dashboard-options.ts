import type { CanActivate, ExecutionContext, ModuleMetadata, Type } from '@nestjs/common';
import { InvalidOptionsError, quote } from '../errors.js';
import { isRecord, wrongOption } from '../module/options/option-reader.js';
import { type DashboardQuota, readDashboardQuotas } from './dashboard-quotas.js';

/**
 * What a request may do: nothing, look, or replay and discard parked counts as well.
 *
 * @publicApi
 */
export type DashboardAccess = 'forbidden' | 'read' | 'operate';

/** Options of `FastCounterDashboardModule.forRoot()`. @publicApi */
export interface FastCounterDashboardOptions {
  /**
   * The guard of page, assets and API: a class, which Nest runs as any other guard. `'none'` leaves all of it open to whoever reaches the
   * server: for a machine of your own alone.
   */
  guard: Type<CanActivate> | 'none';
  /** Where the page is, below the global prefix of the application. @default 'fastcounter' */
  path?: string | undefined;
  /**
   * What a request may do, asked for each request behind the guard. An answer that is none of the three is `'forbidden'`.
   *
   * @default whoever passes the guard may read, and operate where `readOnly` is false
   */
  access?: ((context: ExecutionContext) => DashboardAccess | Promise<DashboardAccess>) | undefined;
  /** Whether nobody may replay and discard parked counts, whatever `access` answers. @default true */
  readOnly?: boolean | undefined;
  /**
   * The path by which browsers reach the page, where a proxy rewrites paths: `'/ops/counters'`. It is where the address without a slash
   * at its end leads to. Everything else is relative to the address of the page.
   *
   * @default none: a proxy leaves the last part of the path as it is
   */
  publicPath?: string | undefined;
  /** Who makes the request, for the event `changed` and the line of the log. @default none: nobody is named */
  by?: ((context: ExecutionContext) => string | undefined) | undefined;
  /** The quotas that the page Metering shows. @default none */
  quotas?: readonly DashboardQuota[] | undefined;
  /** Modules that provide what the guard injects, or the counters where these are not global. @default none */
  imports?: ModuleMetadata['imports'] | undefined;
  /** The name of the `FastCounterModule` that is shown. @default none: the one without a name */
  name?: string | undefined;
}

/** The options, checked, with every default filled in. */
export interface ResolvedDashboardOptions extends Omit<
  FastCounterDashboardOptions,
  'access' | 'quotas'
> {
  path: string;
  access: NonNullable<FastCounterDashboardOptions['access']>;
  readOnly: boolean;
  quotas: readonly DashboardQuota[];
}

const OPTIONS: ReadonlySet<string> = new Set([
  ...(['guard', 'path', 'access', 'readOnly', 'publicPath'] as const),
  ...(['by', 'quotas', 'imports', 'name'] as const),
] satisfies (keyof FastCounterDashboardOptions)[]);
const PATH = /^\/?([\w.~-]+(?:\/[\w.~-]+)*)\/?$/;

/** Throws `InvalidOptionsError` with the first option that is wrong. */
export function resolveDashboardOptions(given: unknown): ResolvedDashboardOptions {
  if (!isRecord(given)) throw noGuard();
  for (const [key, value] of Object.entries(given)) {
    if (OPTIONS.has(key) || value === undefined) continue;
    throw wrongOption(
      key,
      value,
      `is unknown; known to FastCounterDashboardModule are ${[...OPTIONS].join(', ')}`,
    );
  }
  const { guard, readOnly = true, access } = given;
  if (guard === undefined) throw noGuard();
  if (guard !== 'none' && typeof guard !== 'function') {
    throw wrongOption('guard', guard, "must be the class of a guard, or 'none'");
  }
  if (typeof readOnly !== 'boolean')
    throw wrongOption('readOnly', readOnly, 'must be true or false');
  if (guard === 'none' && !readOnly && access === undefined) throw open();
  expectFunction('access', access);
  expectFunction('by', given.by);
  const { name, publicPath } = given;
  if (name !== undefined && typeof name !== 'string') {
    throw wrongOption('name', name, 'must be the name of a FastCounterModule');
  }
  return {
    ...(given as unknown as FastCounterDashboardOptions),
    path: readPath('path', given.path ?? 'fastcounter'),
    publicPath: publicPath === undefined ? undefined : `/${readPath('publicPath', publicPath)}`,
    access: (access as FastCounterDashboardOptions['access']) ?? (() => 'operate'),
    readOnly,
    quotas: readDashboardQuotas(given.quotas),
  };
}

function expectFunction(option: string, given: unknown): void {
  if (given === undefined || typeof given === 'function') return;
  throw wrongOption(option, given, 'must be a function of the execution context');
}

function readPath(option: string, given: unknown): string {
  const [, path] = (typeof given === 'string' && PATH.exec(given)) || [];
  if (path !== undefined) return path;
  throw wrongOption(option, given, "must be a path of A-Z a-z 0-9 . _ ~ -, such as 'ops/counters'");
}

const noGuard = (): InvalidOptionsError =>
  new InvalidOptionsError(
    'FastCounterDashboardModule.forRoot() needs the option "guard": the class of a guard that lets operators in and nobody else, or ' +
      `${quote('none')}, which leaves the page open to whoever reaches the server`,
  );

const open = (): InvalidOptionsError =>
  new InvalidOptionsError(
    'FastCounterDashboardModule.forRoot() with guard "none" and readOnly false would let whoever reaches the server discard counts: give ' +
      'the class of a guard, leave readOnly out, or give the option "access", which says who may operate',
  );
