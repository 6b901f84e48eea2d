import type { CountedCall } from './count-calls.types.js';
import { requestOf } from './request-of.js';
import { type Placeholder, readTemplate, type Roots } from './template.js';

const ROOTS: Roots<CountedCall> = {
  class: ({ className }) => className,
  method: ({ method }) => method,
  args: ({ args }) => args,
  result: ({ result }) => result,
  error: ({ error }) => error,
  request: ({ context }) => context && requestOf(context),
};

interface NameTemplate {
  /** The name itself, where the template has no placeholder. */
  constant?: string;
  needsContext: boolean;
  render: (call: CountedCall) => string;
  /** What is known of the name before any call: of a method the placeholders that differ by call are left. */
  of: (method: NamedMethod) => string;
}

export type NamedMethod = Pick<CountedCall, 'className' | 'method'>;

/** Reads a template of `@CountCalls()`, by default that of the name. */
export function parseTemplate(template: string, option = 'Option "name"'): NameTemplate {
  const { parts, constant, render } = readTemplate(template, ROOTS, `${option} of @CountCalls()`);
  const needsContext = parts.some((part) => typeof part !== 'string' && part.root === 'request');
  const of = (method: NamedMethod): string => parts.map((part) => known(part, method)).join('');
  return { constant, needsContext, render, of };
}

/** Of a method, these are the same for every call. Braces that are part of the name are doubled, so that they are no placeholder. */
function known(
  part: string | Placeholder<CountedCall>,
  { className, method }: NamedMethod,
): string {
  if (typeof part === 'string') return doubled(part);
  const isOfMethod = (part.root === 'class' || part.root === 'method') && part.keys.length === 0;
  return isOfMethod ? doubled(part.root === 'class' ? className : method) : part.text;
}

const doubled = (text: string): string => text.replace(/[{}]/g, '$&$&');
