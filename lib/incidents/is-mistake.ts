import { FastCounterError } from '../errors.js';

/** By their names: those of another realm, such as Jest's, are instances of other classes. */
const MISTAKES = new Set(['TypeError', 'ReferenceError', 'SyntaxError', 'RangeError']);
/** Says nothing about the program: ioredis has it while a cluster loses a node, with commands that go from one node to the next. */
const TOO_DEEP = 'Maximum call stack size exceeded';
/** Errors of ours around one another. */
const DEEPEST = 5;

/**
 * Whether the program is at fault, and no server: a package beside this one has not what this one calls, say. An error of
 * this package is a mistake where it is an `UnexpectedError`, or its cause is a mistake.
 */
export function isMistake(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < DEEPEST && cause instanceof FastCounterError; depth++) {
    if (cause.code === 'UNEXPECTED') return true;
    ({ cause } = cause);
  }
  if (typeof cause !== 'object' || cause === null || !('name' in cause)) return false;
  if (typeof cause.name !== 'string' || !MISTAKES.has(cause.name)) return false;
  return !('message' in cause && cause.message === TOO_DEEP);
}
