import { Logger } from '@nestjs/common';
import { bounded } from '../words/quote.js';

/** Lines of one code, or of none. */
export interface Lines {
  log: (text: string) => void;
  warn: (text: string) => void;
  error: (text: string, stack?: string) => void;
  /** That the problem of the code is over. */
  end: (text: string) => void;
}

/**
 * The lines of this module, through Nest's logger. Each begins with the code of the problem that it tells of, where it tells of one,
 * and the namespace. A line is as bounded as what it is put together from.
 */
export class LogLines {
  private readonly unended = new Map<string, number>();

  constructor(
    private readonly namespace = '',
    private readonly nest: Pick<Logger, 'log' | 'warn' | 'error'> = new Logger('FastCounter'),
  ) {}

  /** Codes that a line warned of, without a line of their end since; and when it did first, by `performance.now()`. */
  get open(): ReadonlyMap<string, number> {
    return this.unended;
  }

  of(code?: string): Lines {
    const begin = [code, this.namespace].filter(Boolean).join(' ');
    const line = (text: string): string => bounded(begin === '' ? text : `${begin}: ${text}`);
    const warned = (): void => {
      if (code !== undefined && !this.unended.has(code)) {
        this.unended.set(code, performance.now());
      }
    };
    return {
      log: (text) => this.nest.log(line(text)),
      warn: (text) => {
        warned();
        this.nest.warn(line(text));
      },
      error: (text, stack) => {
        warned();
        if (stack === undefined) this.nest.error(line(text));
        else this.nest.error(line(text), stack);
      },
      end: (text) => {
        if (code !== undefined) this.unended.delete(code);
        this.nest.log(line(text));
      },
    };
  }
}
