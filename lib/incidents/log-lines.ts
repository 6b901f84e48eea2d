import { Logger } from '@nestjs/common';
import { bounded } from '../words/quote.js';

/** Lines of one code, or of none. */
export interface Lines {
  log: (text: string) => void;
  warn: (text: string) => void;
  error: (text: string, stack?: string) => void;
}

/**
 * The lines of this module, through Nest's logger. Each begins with the code of the problem that it tells of, where it tells of one,
 * and the namespace. A line is as bounded as what it is put together from.
 */
export class LogLines {
  constructor(
    private readonly namespace = '',
    private readonly nest: Pick<Logger, 'log' | 'warn' | 'error'> = new Logger('FastCounter'),
  ) {}

  of(code?: string): Lines {
    const begin = [code, this.namespace].filter(Boolean).join(' ');
    const line = (text: string): string => bounded(begin === '' ? text : `${begin}: ${text}`);
    return {
      log: (text) => this.nest.log(line(text)),
      warn: (text) => this.nest.warn(line(text)),
      error: (text, stack) =>
        stack === undefined ? this.nest.error(line(text)) : this.nest.error(line(text), stack),
    };
  }
}
