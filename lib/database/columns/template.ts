/** What stands before and behind the primary key in the names of counters. */
export interface Template {
  readonly prefix: string;
  readonly suffix: string;
}

const PLACE = '{id}';

/** Answers why a text is no template. */
export function readTemplate(text: string): Template | { wrong: string } {
  const [prefix = '', suffix, ...more] = text.split(PLACE);
  if (suffix === undefined || more.length > 0) return { wrong: 'must have {id} in it, once' };
  if (/[{}]/.test(prefix + suffix)) return { wrong: 'must have no braces but those of {id}' };
  return { prefix, suffix };
}

/** What the name of a counter has in the place of the primary key; undefined where the name does not fit. */
export function idIn({ prefix, suffix }: Template, name: string): string | undefined {
  const end = name.length - suffix.length;
  if (end <= prefix.length || !name.startsWith(prefix) || !name.endsWith(suffix)) return undefined;
  return name.slice(prefix.length, end);
}

/** Whether a name can fit both. */
export const overlap = (one: Template, other: Template): boolean =>
  (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
  (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix));
