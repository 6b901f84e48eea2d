import { expect } from 'vitest';

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** What clients know about a counter that only they increment. */
export interface Tally {
  acknowledged: number;
  /** May have been counted, or not. */
  unanswered: number;
}

/** A request with a JSON body, if any, and the answer parsed. */
export async function request(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    // a connection that is kept may be closed by the server in the moment of the next request
    headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
  };
}

export const get = (url: string, headers?: Record<string, string>): Promise<Answer> =>
  request('GET', url, undefined, headers);

/** As a proxy on this machine tells of them. */
export const from = (address: string): Record<string, string> => ({ 'X-Forwarded-For': address });

export const post = (
  url: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer> => request('POST', url, body, headers);

export const remove = (url: string, headers?: Record<string, string>): Promise<Answer> =>
  request('DELETE', url, undefined, headers);

/** Increments the counter by several clients until the application refuses, as it does when it stops. */
export async function incrementUntilRefused(url: string, tally: Tally): Promise<void> {
  const client = async (): Promise<void> => {
    for (;;) {
      const answer = await post(url).catch(() => undefined);
      if (answer === undefined) tally.unanswered++;
      if (answer?.status !== 204) return;
      tally.acknowledged++;
    }
  };
  await Promise.all(Array.from({ length: 20 }, client));
}

export async function expectTally(url: string, tally: Tally): Promise<void> {
  const { body } = await get(url);
  const { value } = body as { value: number };
  expect(value).toBeGreaterThanOrEqual(tally.acknowledged);
  expect(value).toBeLessThanOrEqual(tally.acknowledged + tally.unanswered);
}
