import { InvalidCounterNameError } from '../errors.js';

/** Fits every index of every database: utf8mb4 keys included. */
export const MAX_NAME_LENGTH = 191;

// Cc; lone surrogates are found by isWellFormed()
const CONTROL = /\p{Cc}/u;
// neither NFC nor well-formedness nor white space can be wrong in these
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** Throws unless this is 1 to 191 characters of well-formed NFC without control characters or outer space. */
export function checkCounterName(name: unknown): asserts name is string {
  const reason = whyInvalidName(name);
  if (reason !== undefined) throw new InvalidCounterNameError(name, reason);
}

/** Whether a text has more characters than a name may: told before anything else is done with the text. */
export function isLongerThanNames(text: string): boolean {
  if (text.length <= MAX_NAME_LENGTH) return false;
  // a character is one or two code units
  return text.length > 2 * MAX_NAME_LENGTH || Array.from(text).length > MAX_NAME_LENGTH;
}

/** What a name may hold, and so a part of one. */
export const isText = (part: string): boolean =>
  !isLongerThanNames(part) && part.isWellFormed() && !CONTROL.test(part);

/** The rule of names that a value breaks; undefined for a name. */
export function whyInvalidName(name: unknown): string | undefined {
  if (typeof name !== 'string')
    return `must be a string, not ${name === null ? 'null' : typeof name}`;
  if (name.length === 0) return 'must not be empty';
  if (isLongerThanNames(name)) return `has more than ${MAX_NAME_LENGTH} characters`;
  if (PLAIN.test(name)) return undefined;
  if (!name.isWellFormed()) return 'must be well-formed Unicode: it holds a lone surrogate';
  if (CONTROL.test(name)) return 'must not hold control characters';
  if (name.trim() !== name) return 'must not begin or end with white space';
  if (name.normalize('NFC') !== name)
    return "must be in Unicode normalization form C: use name.normalize('NFC')";
  return undefined;
}
