import type { CounterEvents } from '../events.js';

/**
 * Makes a call that writes. Its caller may leave the promise alone: a rejection that nobody handles does
 * not end the process, it is the event `rejected` and a line of the log, once.
 */
export function written<Answer>(
  events: CounterEvents,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const answer = call();
  answer.catch((error: unknown) => events.rejected(error));
  return answer;
}
