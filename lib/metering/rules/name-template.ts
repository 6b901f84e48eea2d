import type { ExecutionContext } from '@nestjs/common';
import { MAX_NAME_LENGTH } from '../../input/counter-name.js';
import { InvalidOptionsError, quote } from '../../errors.js';
import type { CountedCall } from './count-calls.types.js';

/** What a placeholder can begin with. */
const ROOTS: Record<string, (call: CountedCall) => unknown> = {
  class: ({ className }) => className,
  method: ({ method }) => method,
  args: ({ args }) => args,
  result: ({ result }) => result,
  error: ({ error }) => error,
  request: ({ context }) => context && requestOf(context),
};

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

interface NameTemplate {
  /** The name itself, where the template has no placeholder. */
  constant?: string;
  needsContext: boolean;
  render: (call: CountedCall) => string;
  /** What is known of the name before any call: of a method the placeholders that differ by call are left. */
  of: (method: NamedMethod) => string;
}

export type NamedMethod = Pick<CountedCall, 'className' | 'method'>;

/** Reads `views:{args.0.id}`; `{{` and `}}` stand for braces. */
export function parseTemplate(template: string): NameTemplate {
  const parts: (string | Placeholder)[] = [];
  let needsContext = false;
  let end = 0;
  for (const token of template.matchAll(TOKEN)) {
    const [text, path] = token;
    parts.push(template.slice(end, token.index));
    end = token.index + text.length;
    if (text === '{{' || text === '}}') {
      parts.push(text.charAt(0));
      continue;
    }
    const [root = '', ...keys] = path?.split('.') ?? [];
    const read = Object.hasOwn(ROOTS, root) ? ROOTS[root] : undefined;
    if (read === undefined || keys.includes('')) throw unreadable(template, text);
    needsContext ||= root === 'request';
    const ofMethod =
      (root === 'class' || root === 'method') && keys.length === 0 ? root : undefined;
    parts.push({ text, ofMethod, read: (call) => keys.reduce(property, read(call)) });
  }
  parts.push(template.slice(end));

  const render = (call: CountedCall): string =>
    parts
      .map((part) => (typeof part === 'string' ? part : printed(part.text, part.read(call))))
      .join('');
  const constant = parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
  const of = (method: NamedMethod): string => parts.map((part) => known(part, method)).join('');
  return { constant, needsContext, render, of };
}

interface Placeholder {
  text: string;
  /** Of a method, the same for every call. */
  ofMethod?: 'class' | 'method';
  read: (call: CountedCall) => unknown;
}

/** Braces that are part of the name are doubled, so that they are no placeholder. */
function known(part: string | Placeholder, { className, method }: NamedMethod): string {
  if (typeof part !== 'string' && part.ofMethod === undefined) return part.text;
  const text = typeof part === 'string' ? part : part.ofMethod === 'class' ? className : method;
  return text.replace(/[{}]/g, '$&$&');
}

/** The client of a gateway, the context of a microservice, the request of all others. */
function requestOf(context: ExecutionContext): unknown {
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

const property = (value: unknown, key: string): unknown =>
  value === null || value === undefined ? undefined : (value as Record<string, unknown>)[key];

function printed(placeholder: string, value: unknown): string {
  // a longer text is cut: this length is enough for the name to be refused
  if (typeof value === 'string' && value !== '') return value.slice(0, 2 * MAX_NAME_LENGTH + 1);
  // no counter is meant by NaN or Infinity: such a value is refused wherever it is given
  if (Number.isFinite(value) || typeof value === 'boolean') return String(value);
  // beyond, writing it out takes longer than its length
  if (typeof value === 'bigint' && BigInt.asIntN(256, value) === value) return String(value);
  throw new Error(
    `${placeholder} in the name of its counter is ${value === '' ? 'empty' : quote(value)}`,
  );
}

function unreadable(template: string, placeholder: string): InvalidOptionsError {
  const roots = Object.keys(ROOTS).join(', ');
  return new InvalidOptionsError(
    `Option "name" of @CountCalls() (given: ${quote(template)}) has ${quote(placeholder)}: a placeholder must be {root} or {root.property}, with one of these roots: ${roots}. {{ and }} stand for braces`,
  );
}
