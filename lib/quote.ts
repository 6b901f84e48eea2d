// what JSON leaves as it is, and terminals and log viewers obey
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text that others wrote, on one line. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escapeUnit);

/** A value as it may stand in a message: escaped, on one line, of bounded length. */
export function quote(value: unknown): string {
  const raw = typeof value === 'string' ? JSON.stringify(value) : describe(value);
  const text = printable(raw);
  return text.length > 220 ? `${text.slice(0, 217)}...` : text;
}

function describe(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  try {
    if (typeof value === 'function') return `[function ${value.name}]`;
    if (typeof value === 'object' && value !== null) {
      // undefined for an object whose toJSON() says so
      const json = JSON.stringify(value) as string | undefined;
      return json ?? kindOf(value);
    }
    return String(value);
  } catch {
    return kindOf(value);
  }
}

/** Getters and proxies may throw whatever is asked of them. */
function kindOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return `[unreadable ${typeof value}]`;
  }
}
