import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RewritingProxy {
  url: string;
  stop: () => Promise<void>;
}

/** What comes below `from` goes to `to`, an address with a path: as nginx does it by `location` and `proxy_pass`. */
export async function startRewritingProxy(from: string, to: string): Promise<RewritingProxy> {
  const target = new URL(to);
  const server = createServer((incoming, answer) => {
    const { url = '', method, headers } = incoming;
    if (url !== from && !url.startsWith(`${from}/`) && !url.startsWith(`${from}?`)) {
      answer.writeHead(404).end();
      return;
    }
    const path = target.pathname + url.slice(from.length);
    const options = { host: target.hostname, port: target.port, path, method };
    const outgoing = request({ ...options, headers: { ...headers, host: target.host } }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    outgoing.on('error', () => answer.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${from}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
