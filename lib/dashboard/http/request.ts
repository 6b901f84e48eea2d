import { isRecord } from '../../words/read-options.js';
import { Refusal } from './refusal.js';

/** What requests of Express and of Fastify have in common. */
export interface HttpRequest {
  url: string;
  originalUrl?: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body?: unknown;
}

/** The header that pages of other origins cannot send without being asked first. */
export const OWN_HEADER = 'x-fastcounter-dashboard';

/** The path that was asked for, without the query. */
export const pathOf = ({ originalUrl, url }: HttpRequest): string =>
  (originalUrl ?? url).split('?', 1)[0] ?? '';

/** As they stand in the address: neither parsers nor pipes of the application have a hand in it. */
export const queryOf = ({ url }: HttpRequest): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');

/** The body of a request that changes something, once it is certain that this page has sent it. */
export function bodyOf({ headers, body }: HttpRequest): Record<string, unknown> {
  const type = String(headers['content-type'] ?? '')
    .split(';', 1)[0]
    ?.trim();
  if (type !== 'application/json') {
    throw new Refusal(415, 'NOT_JSON', 'The body must be JSON');
  }
  if (headers[OWN_HEADER] !== '1') {
    throw new Refusal(
      403,
      'NO_HEADER',
      `The header ${OWN_HEADER} is missing: the page itself must send this request`,
    );
  }
  const site = headers['sec-fetch-site'];
  if (site !== 'same-origin') {
    throw new Refusal(
      403,
      'NOT_SAME_ORIGIN',
      site === undefined
        ? 'The browser does not say where this request comes from (Sec-Fetch-Site): browsers do so by HTTPS, and on localhost'
        : 'This request comes from another site',
    );
  }
  if (isRecord(body)) return body;
  throw new Refusal(400, 'INVALID_ARGUMENT', 'The body must be an object');
}
