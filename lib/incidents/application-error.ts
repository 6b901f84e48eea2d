import { UnexpectedError } from '../mismatch-errors.js';

/** What a function of the application failed with: an error of the program, too, but none of this package. */
export class ApplicationError extends UnexpectedError {}
