import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { CallContext } from './call-context.js';
import { isCountedMethod } from '../rules/declarations.js';
import { contextual, type Method } from '../rules/declarations.js';
import { addRequest, handlerKind, removeInheritedRequest } from './handler-metadata.js';

/** The arguments of a counted method, and the context where there is one. */
export interface Delivered {
  args: unknown[];
  context?: ExecutionContext;
}

type Delivery = (args: unknown[]) => Delivered;

const deliveries = new WeakMap<object, Map<PropertyKey, Delivery>>();

export function deliver(prototype: object, key: PropertyKey, args: unknown[]): Delivered {
  return deliveries.get(prototype)?.get(key)?.(args) ?? { args };
}

/**
 * Delivers the context to the methods of this object's class that need it for counting, where Nest calls them. Called when Nest
 * makes an object: all decorators of its class have run by then, and Nest reads their metadata later.
 */
export function deliverContexts(instance: object): void {
  const prototype = Object.getPrototypeOf(instance) as object;
  if (deliveries.has(prototype)) return;
  const ofClass = new Map<PropertyKey, Delivery>();
  deliveries.set(prototype, ofClass);
  const host = prototype.constructor as Type;
  if (host.prototype !== prototype) return;
  for (const key of contextual(prototype)) {
    const handler: unknown = Reflect.get(prototype, key);
    if (typeof key !== 'string' || typeof handler !== 'function') continue;
    const kind = handlerKind(handler);
    // only for the counted method itself: a method around it, or in its place, would see the added arguments
    if (kind === 'http' && isCountedMethod(handler)) {
      ofClass.set(key, byArguments(host, key, handler as Method));
      continue;
    }
    removeInheritedRequest(host, key);
    if (kind !== undefined) ofClass.set(key, byInterceptor(host, handler as Method));
  }
}

/** Delivers the context of a route by added arguments. An interceptor would cost a quarter of the throughput, or more. */
function byArguments(host: Type, key: string, handler: Method): Delivery {
  const count = addRequest(host, key);
  return (args) => {
    const request = args[count];
    if (args.length !== count + 2 || !isRequest(request)) return { args };
    const context = new CallContext('http', args.slice(count), host, handler);
    return { args: args.slice(0, count), context };
  };
}

const current = new AsyncLocalStorage<ExecutionContext>();

const keepContext: NestInterceptor = {
  intercept: (context: ExecutionContext, next: CallHandler) =>
    new Observable((subscriber) => current.run(context, () => next.handle().subscribe(subscriber))),
};

const intercepted = new WeakSet();

/** Delivers the context by an interceptor, for handlers that are no routes: their pipes would see added arguments. */
function byInterceptor(host: Type, handler: Method): Delivery {
  if (!intercepted.has(handler)) {
    intercepted.add(handler);
    UseInterceptors(keepContext)(host, handler.name, { value: handler });
  }
  return (args) => {
    const context = current.getStore();
    const isOfThisCall = context?.getHandler() === handler && context.getClass() === host;
    return isOfThisCall ? { args, context } : { args };
  };
}

const isRequest = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'headers' in value && 'method' in value;
