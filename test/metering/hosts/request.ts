import { Agent, type IncomingHttpHeaders, request as send } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  body: unknown;
  headers: IncomingHttpHeaders;
}

// fewer than the connections that a server has not accepted yet may be
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

/** As many at once as are asked for, over connections that are kept. */
export function request(
  url: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = send(url, { agent, method, headers }, (response) => {
      text(response).then((answer) => {
        const parsed: unknown = /^[[{]/.test(answer) ? JSON.parse(answer) : answer;
        resolve({
          status: response.statusCode ?? 0,
          body: parsed,
          headers: response.headers,
        });
      }, reject);
    });
    sent.on('error', reject);
    if (body !== undefined) sent.setHeader('content-type', 'application/json');
    sent.end(body && JSON.stringify(body));
  });
}
