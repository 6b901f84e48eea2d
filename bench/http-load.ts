import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Histogram } from './measure/histogram.js';

export interface HttpLoad {
  url: string;
  connections: number;
  duration: number;
}

export interface HttpOutcome {
  operations: number;
  seconds: number;
  latencies: { p50: number; p99: number };
}

/** The process that calls an endpoint: does what its parent tells it over IPC. */
export function hostHttpLoad(): void {
  process.on('message', (load: HttpLoad) => {
    void callEndpoint(load).then((outcome) => process.send?.(outcome));
  });
  process.on('disconnect', () => process.exit(0));
}

/** So many connections, each with one request under way, as cheap as it can be for the client. */
async function callEndpoint({ url, connections, duration }: HttpLoad): Promise<HttpOutcome> {
  const { hostname, port, pathname } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
  const latencies = new Histogram();
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      return socket;
    }),
  );
  let operations = 0;
  const began = performance.now();
  const call = (socket: Socket): void => {
    let sent = performance.now();
    socket.on('data', (answer) => {
      // small enough to come in one piece
      if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(String(answer));
      const now = performance.now();
      latencies.add(now - sent);
      operations++;
      sent = now;
      socket.write(request);
    });
    socket.write(request);
  };
  sockets.forEach(call);
  await new Promise((resolve) => setTimeout(resolve, duration));
  for (const socket of sockets) socket.destroy();
  const seconds = (performance.now() - began) / 1000;
  const [p50 = NaN, p99 = NaN] = [latencies.quantile(0.5), latencies.quantile(0.99)];
  return { operations, seconds, latencies: { p50, p99 } };
}
