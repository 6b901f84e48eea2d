import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port on 127.0.0.1 that nobody listens on, below the range from which outgoing connections get
 * theirs: a client that keeps trying to reconnect to a port in that range can meet itself there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const probe = createServer();
    const free = new Promise<boolean>((resolve) => {
      probe.once('listening', () => {
        resolve(true);
      });
      probe.once('error', () => {
        resolve(false);
      });
    });
    probe.listen(port, '127.0.0.1');
    if (!(await free)) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
