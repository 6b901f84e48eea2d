import { on, once } from 'node:events';
import { WebSocket } from 'ws';

/** A message of the protocol graphql-transport-ws. */
interface Message {
  type: string;
  payload?: { data?: unknown; errors?: unknown };
}

/** What a GraphQL subscription tells over a WebSocket, as a browser hears it; `return()` closes the socket. */
export async function* subscribe(url: string, query: string): AsyncGenerator<unknown, void> {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  const send = (message: object): void => socket.send(JSON.stringify(message));
  try {
    await once(socket, 'open');
    send({ type: 'connection_init' });
    for await (const [data] of on(socket, 'message', { close: ['close'] })) {
      const { type, payload } = JSON.parse(String(data)) as Message;
      if (type === 'connection_ack') send({ type: 'subscribe', id: '1', payload: { query } });
      if (type === 'error' || payload?.errors !== undefined) throw new Error(String(data));
      if (type === 'next') yield payload?.data;
      if (type === 'complete') return;
    }
  } finally {
    socket.close();
  }
}
