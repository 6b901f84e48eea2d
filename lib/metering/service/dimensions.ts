import { isLongerThanNames, MAX_NAME_LENGTH } from '../../input/counter-name.js';
import { isPlainObject, reading } from '../../words/read-options.js';
import { InvalidArgumentError, InvalidCounterNameError, quote } from '../../errors.js';

/** Value of a dimension. A number or a boolean is kept as text, so `1` and `'1'` are the same value. @publicApi */
export type DimensionValue = string | number | boolean;

/** Values of dimensions by the name of the dimension, such as `{ tenant: 'acme' }`. @publicApi */
export type Dimensions = Readonly<Record<string, DimensionValue>>;

/** Without `combinations` there is a counter for each of their subsets: 15, beside the total. */
const MOST_DIMENSIONS = 4;
/** Combinations in one call. */
const MOST_COMBINATIONS = 256;
const SPECIAL = /[%,{}\p{Cc}]/gu;
const SPECIAL_OR_NOT_ASCII = /[%,{}\p{Cc}]|[^ -~]+/gu;
const LIKE_ASSIGNED = { configurable: true, enumerable: true, writable: true };
const KEY = /^[A-Za-z_][\w.-]{0,63}$/;

/**
 * The name of the counter of a combination of dimensions. Dimensions are in the order of their names, and values in the
 * same order. In values, `%`, `,`, `{`, `}`, control characters and outer white space are percent-encoded, so that
 * `parseMeteredName()` can read them.
 *
 * @param dimensions without them, the name itself is the answer
 * @throws InvalidArgumentError a dimension is wrong
 * @throws InvalidCounterNameError the name of the counter would be longer than 191 characters
 * @example
 * meteredName('orders', { tenant: 'acme', plan: 'pro' }); // 'orders{plan,tenant}pro,acme'
 * @publicApi
 */
export function meteredName(name: string, dimensions?: Dimensions): string {
  return dimensions === undefined ? name : nameOf(name, readDimensions(dimensions));
}

/** Checks that this is an object of dimensions, and answers a copy, as a getter may answer another value the next time. */
export function readDimensions(given: unknown): Dimensions {
  return reading('dimensions', () => {
    if (!isPlainObject(given)) {
      throw new InvalidArgumentError(
        `dimensions must be a plain object, such as { plan: 'free' }, not ${quote(given)}`,
      );
    }
    const keys = Object.keys(given);
    checkNumber(keys);
    return Object.fromEntries(keys.map((key) => [key, given[key]])) as Dimensions;
  });
}

function nameOf(name: string, dimensions: Dimensions): string {
  const keys = Object.keys(dimensions).sort();
  if (keys.length === 0) return name;
  const prefix = groupPrefix(name, keys);
  return noLonger(`${prefix}${keys.map((key) => encodeDimension(key, dimensions[key])).join(',')}`);
}

/** Refuses too many dimensions, before any work is done for each. */
function checkNumber(keys: readonly string[]): void {
  if (keys.length <= MAX_NAME_LENGTH) return;
  throw new InvalidArgumentError(
    `${keys.length} dimensions are too many: a name of ${MAX_NAME_LENGTH} characters has no room for them`,
  );
}

/** What the names of all counters of these dimensions begin with. */
export function groupPrefix(name: string, keys: readonly string[]): string {
  checkBase(name);
  checkNumber(keys);
  for (const key of keys) checkKey(key);
  return `${name}{${[...keys].sort().join(',')}}`;
}

/**
 * Reads a name that `meteredName()` made: answers the name and the values of dimensions, as text. Any other name has no dimensions.
 *
 * @throws InvalidArgumentError `metered` is no string
 * @example
 * parseMeteredName('orders{tenant}acme'); // { name: 'orders', dimensions: { tenant: 'acme' } }
 * @publicApi
 */
export function parseMeteredName(metered: string): {
  name: string;
  dimensions: Record<string, string>;
} {
  if (typeof (metered as unknown) !== 'string') {
    throw new InvalidArgumentError(`A metered name must be a string, not ${quote(metered)}`);
  }
  const [open, close] = [metered.indexOf('{'), metered.indexOf('}')];
  const isMetered =
    open >= 0 && close > open && isLast(metered, '{', open) && isLast(metered, '}', close);
  if (!isMetered || isLongerThanNames(metered)) return { name: metered, dimensions: {} };
  const dimensions: Record<string, string> = {};
  let from = close + 1;
  for (const key of keysIn(metered.slice(open + 1, close))) {
    const comma = metered.indexOf(',', from);
    const end = comma < 0 ? metered.length : comma;
    setOwn(dimensions, key, decode(metered.slice(from, end)));
    from = end + 1;
  }
  return { name: metered.slice(0, open), dimensions };
}

/** Names that are read one after the other are mostly of the same dimensions. */
let lastKeys = { text: '', keys: [''] as readonly string[] };

function keysIn(text: string): readonly string[] {
  if (lastKeys.text !== text) lastKeys = { text, keys: text.split(',') };
  return lastKeys.keys;
}

const isLast = (text: string, character: string, place: number): boolean =>
  !text.includes(character, place + 1);

/** As a property of its own, whatever its name. */
function setOwn(dimensions: Record<string, string>, key: string, value: string): void {
  if (key in dimensions) Object.defineProperty(dimensions, key, { value, ...LIKE_ASSIGNED });
  else dimensions[key] = value;
}

/**
 * The counters that an increment with these dimensions counts for, the total first. Each comes once,
 * however many combinations name it.
 */
export function countersOf(
  name: string,
  dimensions: Dimensions,
  combinations?: readonly (readonly string[])[],
): string[] {
  const values = readDimensions(dimensions);
  const keys = Object.keys(values);
  if (keys.length > 0) checkBase(name);
  // what no combination names must be right too, but makes no name that could be too long
  for (const key of keys) {
    checkKey(key);
    checkDimension(key, values[key]);
  }
  const kept = combinations === undefined ? subsets(keys) : readCombinations(combinations);
  return [...new Set([name, ...kept.map((keys) => nameOf(name, pick(values, keys)))])];
}

/** A copy of what a caller gave as combinations. */
export function readCombinations(given: unknown): string[][] {
  return reading('combinations', () => {
    if (!Array.isArray(given)) {
      throw new InvalidArgumentError(
        `combinations must be an array of arrays of dimensions, not ${quote(given)}`,
      );
    }
    if (given.length > MOST_COMBINATIONS) {
      throw new InvalidArgumentError(
        `combinations must have at most ${MOST_COMBINATIONS} elements, not ${given.length}`,
      );
    }
    return given.map((keys: unknown) => {
      // what has more keys than a name has characters makes no name
      if (Array.isArray(keys) && keys.length <= MAX_NAME_LENGTH) return [...(keys as string[])];
      throw new InvalidArgumentError(
        `Each of combinations must be an array of dimensions, not ${quote(keys)}`,
      );
    });
  });
}

function pick(dimensions: Dimensions, keys: readonly string[]): Dimensions {
  const pairs = keys.map((key) => {
    if (Object.hasOwn(dimensions, key)) return [key, dimensions[key]] as const;
    throw new InvalidArgumentError(
      `combinations name ${quote(key)}, which is not among the dimensions`,
    );
  });
  return Object.fromEntries(pairs) as Dimensions;
}

/** All combinations: those of one dimension first, then those of two, and so on. */
function subsets(keys: readonly string[]): string[][] {
  if (keys.length > MOST_DIMENSIONS) {
    throw new InvalidArgumentError(
      `${keys.length} dimensions would make ${2 ** keys.length} counters: give the option combinations, with those to be kept`,
    );
  }
  const all = keys.reduce<string[][]>(
    (made, key) => [...made, ...made.map((set) => [...set, key])],
    [[]],
  );
  return all.filter((set) => set.length > 0).sort((a, b) => a.length - b.length);
}

function checkBase(name: string): void {
  if (typeof name === 'string' && isLongerThanNames(name)) throw tooLong(name);
  if (typeof name === 'string' && !/[{}]/.test(name)) return;
  throw new InvalidArgumentError(
    `A name that has dimensions must be a string without { and }, not ${quote(name)}`,
  );
}

function checkKey(key: string): void {
  if (typeof key === 'string' && KEY.test(key)) return;
  throw new InvalidArgumentError(
    `The name of a dimension must be a letter or _, then up to 63 of A-Z a-z 0-9 _ . -, not ${quote(key)}`,
  );
}

/** Whether a dimension can have this value. How long it may be depends on the names that it is part of. */
function checkDimension(key: string, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new InvalidArgumentError(
      `Dimension ${quote(key)} must be a string, a number or a boolean, not ${quote(value)}`,
    );
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new InvalidArgumentError(`Dimension ${quote(key)} must be a finite number, not ${value}`);
  }
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw new InvalidArgumentError(`Dimension ${quote(key)} must be well-formed Unicode`);
  }
}

/** The value of a dimension as names have it. */
export function encodeDimension(key: string, value: unknown): string {
  // before anything that takes longer the longer it is
  if (typeof value === 'string' && isLongerThanNames(value)) throw tooLong(value);
  checkDimension(key, value);
  const text = String(value);
  const start = text.length - text.trimStart().length;
  const end = Math.max(start, text.trimEnd().length);
  const special = text.normalize('NFC') === text ? SPECIAL : SPECIAL_OR_NOT_ASCII;
  const inner = text.slice(start, end).replace(special, encodeURIComponent);
  return `${encodeURIComponent(text.slice(0, start))}${inner}${encodeURIComponent(text.slice(end))}`;
}

function noLonger(metered: string): string {
  if (isLongerThanNames(metered)) throw tooLong(metered);
  return metered;
}

const tooLong = (text: string): InvalidCounterNameError =>
  new InvalidCounterNameError(text, `has more than ${MAX_NAME_LENGTH} characters`);

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // not made by encodeDimension()
    return text;
  }
}
