import type { Method } from './declarations.js';

/** Gives a method name, number of parameters, metadata and what else decorators left on another. */
export function takeOver(from: Method, to: Method): void {
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
    if (key !== 'prototype') Object.defineProperty(to, key, descriptor);
  }
  for (const key of Object.getOwnPropertySymbols(from)) {
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key) ?? {});
  }
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
