import { InvalidArgumentError, quote } from '../../errors.js';

/** Values by dimension: what a count is broken down by. @publicApi */
export type Dimensions = Readonly<Record<string, string | number | boolean>>;

/** Without `combinations` there is a counter for each of their subsets: 15, beside the total. */
const MOST_DIMENSIONS = 4;
const KEY = /^[A-Za-z_][\w.-]{0,63}$/;

/**
 * The counter of a combination of dimensions: `name{plan,tenant}pro,acme`. Dimensions come in the
 * order of their names, values in the same order; in values `%`, `,`, `{`, `}`, control characters and
 * outer white space are percent-encoded, so that it can be read back.
 *
 * @publicApi
 */
export function meteredName(name: string, dimensions: Dimensions = {}): string {
  const keys = Object.keys(dimensions).sort();
  if (keys.length === 0) return name;
  checkBase(name);
  const values = keys.map((key) => encode(key, dimensions[key]));
  return `${groupPrefix(name, keys)}${values.join(',')}`;
}

/** What the names of all counters of these dimensions begin with. */
export function groupPrefix(name: string, keys: readonly string[]): string {
  checkBase(name);
  for (const key of keys) checkKey(key);
  return `${name}{${[...keys].sort().join(',')}}`;
}

/** Reads back what `meteredName()` made; a name without dimensions has none. @publicApi */
export function parseMeteredName(metered: string): {
  name: string;
  dimensions: Record<string, string>;
} {
  const [, name, keys, values] = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/.exec(metered) ?? [];
  if (name === undefined || keys === undefined || values === undefined) {
    return { name: metered, dimensions: {} };
  }
  const encoded = values.split(',');
  const pairs = keys.split(',').map((key, index) => [key, decode(encoded[index] ?? '')] as const);
  return { name, dimensions: Object.fromEntries(pairs) };
}

/** The counters that an increment with these dimensions counts for, the total first. */
export function countersOf(
  name: string,
  dimensions: Dimensions,
  combinations: readonly (readonly string[])[] = subsets(Object.keys(dimensions)),
): string[] {
  return [name, ...combinations.map((keys) => meteredName(name, pick(dimensions, keys)))];
}

function pick(dimensions: Dimensions, keys: readonly string[]): Dimensions {
  const pairs = keys.map((key) => {
    const value = Object.hasOwn(dimensions, key) ? dimensions[key] : undefined;
    if (value !== undefined) return [key, value] as const;
    throw new InvalidArgumentError(`combinations name ${quote(key)}, which is no dimension`);
  });
  return Object.fromEntries(pairs);
}

/** All of one, then all of two, and so on. */
function subsets(keys: readonly string[]): string[][] {
  if (keys.length > MOST_DIMENSIONS) {
    throw new InvalidArgumentError(
      `${keys.length} dimensions would make ${2 ** keys.length} counters; say by combinations which are to be kept`,
    );
  }
  const all = keys.reduce<string[][]>(
    (made, key) => [...made, ...made.map((set) => [...set, key])],
    [[]],
  );
  return all.filter((set) => set.length > 0).sort((a, b) => a.length - b.length);
}

function checkBase(name: string): void {
  if (typeof name === 'string' && !/[{}]/.test(name)) return;
  throw new InvalidArgumentError(
    `A name that has dimensions must be a string without { and }, not ${quote(name)}`,
  );
}

function checkKey(key: string): void {
  if (typeof key === 'string' && KEY.test(key)) return;
  throw new InvalidArgumentError(
    `A dimension must be called by a letter or _ and up to 63 of A-Z a-z 0-9 _ . -, not ${quote(key)}`,
  );
}

function encode(key: string, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new InvalidArgumentError(
      `Dimension ${quote(key)} must be a string, a number or a boolean, not ${quote(value)}`,
    );
  }
  const text = String(value);
  if (!text.isWellFormed()) {
    throw new InvalidArgumentError(`Dimension ${quote(key)} must be well-formed Unicode`);
  }
  const special =
    text.normalize('NFC') === text
      ? /[%,{}\p{Cc}]|^\s+|\s+$/gu
      : /[%,{}\p{Cc}]|[^ -~]+|^\s+|\s+$/gu;
  return text.replace(special, encodeURIComponent);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // not made by encode()
    return text;
  }
}
