import { MOST_KEY_CHARACTERS } from '../../input/once.js';
import { InvalidOptionsError, quote } from '../../errors.js';

/** What a placeholder can begin with, and how that is found where the template is filled in. */
export type Roots<Source> = Readonly<Record<string, (source: Source) => unknown>>;

export interface Placeholder<Source> {
  /** As it stands in the template, with its braces. */
  readonly text: string;
  readonly root: string;
  /** The properties behind the root. */
  readonly keys: readonly string[];
  readonly read: (source: Source) => unknown;
}

export interface Template<Source> {
  readonly parts: readonly (string | Placeholder<Source>)[];
  /** The text itself, where the template has no placeholder. */
  readonly constant?: string;
  /** Throws a `PlaceholderError`, or what the getter of a property throws. */
  readonly render: (source: Source) => string;
}

/** A placeholder has no value that can be part of a counter's name. */
export class PlaceholderError extends Error {
  constructor(
    readonly placeholder: string,
    readonly value: unknown,
  ) {
    super(`${placeholder} in the name of its counter is ${value === '' ? 'empty' : quote(value)}`);
  }
}

const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * Reads `views:{args.0.id}`; `{{` and `}}` stand for braces.
 *
 * @param option what the template is, for the message of an error
 * @throws InvalidOptionsError a placeholder begins with none of these roots, or a brace stands alone
 */
export function readTemplate<Source>(
  template: string,
  roots: Roots<Source>,
  option: string,
): Template<Source> {
  const parts: (string | Placeholder<Source>)[] = [];
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
    const read = Object.hasOwn(roots, root) ? roots[root] : undefined;
    if (read === undefined || keys.includes('')) throw unreadable(template, text, roots, option);
    parts.push({ text, root, keys, read: (source) => keys.reduce(property, read(source)) });
  }
  parts.push(template.slice(end));
  return {
    parts,
    constant: parts.every((part) => typeof part === 'string') ? parts.join('') : undefined,
    render: (source) =>
      parts
        .map((part) => (typeof part === 'string' ? part : printed(part.text, part.read(source))))
        .join(''),
  };
}

export const property = (value: unknown, key: string): unknown =>
  value === null || value === undefined ? undefined : (value as Record<string, unknown>)[key];

function printed(placeholder: string, value: unknown): string {
  // a longer text is cut: this length is enough for a name, or a key, to be refused
  if (typeof value === 'string' && value !== '') return value.slice(0, MOST_KEY_CHARACTERS + 1);
  // no counter is meant by NaN or Infinity: such a value is refused wherever it is given
  if (Number.isFinite(value) || typeof value === 'boolean') return String(value);
  // beyond, writing it out takes longer than its length
  if (typeof value === 'bigint' && BigInt.asIntN(256, value) === value) return String(value);
  throw new PlaceholderError(placeholder, value);
}

function unreadable(
  template: string,
  placeholder: string,
  roots: object,
  option: string,
): InvalidOptionsError {
  const known = Object.keys(roots).join(', ');
  return new InvalidOptionsError(
    `${option} (given: ${quote(template)}) has ${quote(placeholder)}: a placeholder must be {root} or {root.property}, with one of these roots: ${known}. {{ and }} stand for braces`,
  );
}
