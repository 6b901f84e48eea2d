/** The longest message, text of an event or line of the log, in bytes of UTF-8. */
const LONGEST_TEXT = 900;
/** The longest quoted value, in UTF-16 code units and in bytes: two fit in a message. */
const LONGEST_QUOTE = 220;
const LONGEST_QUOTE_BYTES = 300;
/** Objects inside of objects that are shown. */
const DEEPEST = 4;
/** Errors of an AggregateError that are told. */
const MOST_REASONS = 3;
/** Larger ones are not written out: that takes longer than their digits are worth. */
const LARGEST_BIGINT = 10n ** 60n;

// what JSON leaves as it is, and terminals and log viewers obey
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const escaped = (text: string): string => text.replace(UNPRINTABLE, escapeUnit);

/** Cuts a text to a number of UTF-16 code units and of bytes; a text that is cut ends with dots. */
function cut(text: string, units: number, bytes: number): string {
  if (text.length <= units && text.length * 3 <= bytes) return text;
  const head = text.slice(0, units + 1);
  if (head.length <= units && Buffer.byteLength(head) <= bytes) return text;
  const { read } = new TextEncoder().encodeInto(head, new Uint8Array(bytes - 3));
  return `${head.slice(0, Math.min(read, units - 3)).replace(/[\ud800-\udbff]$/, '')}...`;
}

/** A text of bounded length. */
export const bounded = (text: string): string => cut(text, LONGEST_TEXT, LONGEST_TEXT);

/** A text that others wrote, on one line of bounded length. */
export const printable = (text: string): string => bounded(escaped(bounded(text)));

/** What an error says, on one line of bounded length, whatever was thrown. Never empty. */
export function reasonOf(error: unknown): string {
  try {
    if (typeof error === 'string') return printable(error);
    return error instanceof Error ? printable(messageOf(error)) : quote(error);
  } catch {
    return quote(error);
  }
}

/** Node's error of a host whose addresses all refuse a connection has no message: its errors have. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [];
  const messages = errors.slice(0, MOST_REASONS).map((it) => (it as Error).message);
  return (
    messages.filter(Boolean).join(', ') || ((error as NodeJS.ErrnoException).code ?? error.name)
  );
}

/** A value as it may stand in a message: escaped, on one line, of bounded length. */
export function quote(value: unknown): string {
  let text = '';
  try {
    for (const piece of pieces(value, 0)) {
      text += piece;
      if (text.length > LONGEST_QUOTE) break;
    }
  } catch {
    text = tagOf(value);
  }
  return cut(escaped(text), LONGEST_QUOTE, LONGEST_QUOTE_BYTES);
}

/** What is longer than a quote is not read to its end. */
const head = (text: string): string => text.slice(0, LONGEST_QUOTE + 1);

/** Values as JSON has them, bit by bit: of a long array or a large object only what is shown is looked at. */
function* pieces(value: unknown, depth: number): Generator<string> {
  switch (typeof value) {
    case 'string':
      yield JSON.stringify(head(value));
      return;
    case 'bigint':
      yield value > LARGEST_BIGINT || value < -LARGEST_BIGINT
        ? 'a bigint of more than 60 digits'
        : `${value}n`;
      return;
    case 'symbol':
      yield head(String(value));
      return;
    case 'function':
      yield `[function ${head(value.name)}]`;
      return;
    case 'object':
      if (value === null) yield 'null';
      else yield* piecesOf(value, depth);
      return;
    case 'undefined':
    case 'boolean':
    case 'number':
      yield String(value);
  }
}

function* piecesOf(value: object, depth: number): Generator<string> {
  if (depth === DEEPEST) {
    yield Array.isArray(value) ? '[...]' : '{...}';
    return;
  }
  if (Array.isArray(value)) {
    yield '[';
    for (let i = 0; i < value.length; i++) {
      if (i > 0) yield ',';
      yield* pieces(value[i], depth + 1);
    }
    yield ']';
    return;
  }
  // their keys are all their characters or bytes
  if (value instanceof String || ArrayBuffer.isView(value)) {
    yield tagOf(value);
    return;
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') {
    const json: unknown = toJSON.call(value);
    if (json === undefined) yield tagOf(value);
    else yield* pieces(json, depth + 1);
    return;
  }
  yield '{';
  let separator = '';
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    yield `${separator}${JSON.stringify(head(key))}:`;
    yield* pieces((value as Record<string, unknown>)[key], depth + 1);
    separator = ',';
  }
  yield '}';
}

function tagOf(value: unknown): string {
  try {
    return head(Object.prototype.toString.call(value));
  } catch {
    return `[unreadable ${typeof value}]`;
  }
}
