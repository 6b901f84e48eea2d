import type { EventEmitter } from 'node:events';

/** What ioredis and iovalkey keep to themselves. */
interface UntypedClient {
  readonly stream?: EventEmitter;
  /** Of a cluster. */
  nodes?(): UntypedClient[];
}

/**
 * Disconnects a client of ioredis or iovalkey. They listen for one error of a socket: one that ends in a handshake which
 * fails has a second one, which would end the process.
 */
export function leaveIoRedis(client: { disconnect(): void }): void {
  const own = client as UntypedClient;
  for (const { stream } of [own, ...(own.nodes?.() ?? [])]) stream?.on('error', ignore);
  client.disconnect();
}

const ignore = (): void => undefined;
