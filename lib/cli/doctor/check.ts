/** How a check ended; `unknown`: it could not be made. */
export type State = 'ok' | 'warn' | 'fail' | 'unknown';

/** One line of `doctor`. */
export interface Check {
  /** What was looked at. */
  of: string;
  state: State;
  /** What was found. */
  text: string;
  /** What to do; absent where nothing is to be done. */
  next?: string;
}

export const ok = (of: string, text: string): Check => ({ of, state: 'ok', text });
export const warn = (of: string, text: string, next?: string): Check => ({
  ...{ of, state: 'warn', text, next },
});
export const fail = (of: string, text: string, next?: string): Check => ({
  ...{ of, state: 'fail', text, next },
});
export const unknown = (of: string, text: string): Check => ({ of, state: 'unknown', text });
