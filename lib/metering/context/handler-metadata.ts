import type { Type } from '@nestjs/common';

// What Nest, @nestjs/websockets, @nestjs/microservices and @nestjs/graphql keep of a handler; none of
// them exports all of it, and the last three need not be installed.
const ROUTE_ARGUMENTS = '__routeArguments__';
const PASSTHROUGH = '__responsePassthrough__';
const REQUEST = 0;
const RESPONSE = 1;
const NEXT = 2;
const ROUTE = 'path';
const OTHER_HANDLERS = [
  'websockets:message_mapping',
  'microservices:pattern',
  'graphql:resolver_type',
  'graphql:resolve_property',
  'graphql:resolve_reference',
];

interface RouteArgument {
  index: number;
  data?: unknown;
  pipes?: unknown[];
}

/** Marks arguments that were added here, so that they are known in subclasses that inherit them. */
const ADDED = Symbol('added for the counted call');

/** `http` where Nest calls this function for requests alone, `other` where also for something else, undefined where not at all. */
export function handlerKind(handler: object): 'http' | 'other' | undefined {
  if (OTHER_HANDLERS.some((key) => Reflect.hasMetadata(key, handler))) return 'other';
  return Reflect.hasMetadata(ROUTE, handler) ? 'http' : undefined;
}

/** Whether a decorator left metadata on this function. */
export const hasMetadata = (method: object): boolean => Reflect.getMetadataKeys(method).length > 0;

/**
 * Makes Nest pass request and response behind the arguments of a route, as `@Req()` and
 * `@Res({ passthrough: true })` do; no pipe sees them. Answers how many arguments there were.
 */
export function addRequest(host: Type, key: string): number {
  const own = routeArguments(host, key);
  const indices = Object.values(own).map(({ index }) => index);
  const count = indices.length === 0 ? 0 : Math.max(...indices) + 1;
  const added = { data: ADDED, pipes: [] };
  const all = {
    ...own,
    [`${REQUEST}:${count}`]: { index: count, ...added },
    [`${RESPONSE}:${count + 1}`]: { index: count + 1, ...added },
  };
  Reflect.defineMetadata(ROUTE_ARGUMENTS, all, host, key);
  setPassthrough(host, key, own);
  return count;
}

/** Removes added arguments that a method inherits from the one that it overrides. */
export function removeInheritedRequest(host: Type, key: string): void {
  const all = (Reflect.getMetadata(ROUTE_ARGUMENTS, host, key) ?? {}) as object;
  const own = routeArguments(host, key);
  if (Object.keys(all).length === Object.keys(own).length) return;
  Reflect.defineMetadata(ROUTE_ARGUMENTS, own, host, key);
  if (Reflect.getMetadata(PASSTHROUGH, host, key) === ADDED) {
    Reflect.defineMetadata(PASSTHROUGH, false, host, key);
  }
}

/** Nest takes a handler with a response among its arguments for one that answers by itself: prevents that for an added response. */
function setPassthrough(host: Type, key: string, own: Record<string, RouteArgument>): void {
  const answersItself = Object.keys(own).some((argument) =>
    [RESPONSE, NEXT].some((type) => argument.startsWith(`${type}:`)),
  );
  const isAdded = Reflect.getMetadata(PASSTHROUGH, host, key) === ADDED;
  if (!answersItself) Reflect.defineMetadata(PASSTHROUGH, ADDED, host, key);
  else if (isAdded) Reflect.defineMetadata(PASSTHROUGH, false, host, key);
}

function routeArguments(host: Type, key: string): Record<string, RouteArgument> {
  const all = (Reflect.getMetadata(ROUTE_ARGUMENTS, host, key) ?? {}) as Record<
    string,
    RouteArgument
  >;
  return Object.fromEntries(Object.entries(all).filter(([, { data }]) => data !== ADDED));
}
