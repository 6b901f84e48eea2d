import { once } from 'node:events';
import { createServer, type AddressInfo, connect, type Socket } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** A server that answers what it is told, and remembers it chunk by chunk. */
interface Echo {
  url: string;
  chunks: string[];
  sockets: Socket[];
}

async function startEcho(): Promise<Echo> {
  const echo: Echo = { url: '', chunks: [], sockets: [] };
  const server = createServer((socket) => {
    echo.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      echo.chunks.push(data.toString());
      socket.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of echo.sockets) socket.destroy();
  });
  echo.url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
  return echo;
}

let echo: Echo;
let proxy: TcpProxy;

beforeEach(async () => {
  echo = await startEcho();
  proxy = await startTcpProxy(echo.url);
  onTestFinished(() => proxy.stop());
});

class Client {
  heard = '';
  ended?: string;

  constructor(readonly socket: Socket) {
    socket.on('data', (data) => void (this.heard += data.toString()));
    socket.on('end', () => void (this.ended ??= 'FIN'));
    socket.on('error', (error) => void (this.ended ??= (error as NodeJS.ErrnoException).code));
    onTestFinished(() => void socket.destroy());
  }

  async hears(text: string): Promise<void> {
    await expect.poll(() => this.heard).toBe(text);
  }
}

function open(): Client {
  return new Client(connect({ port: proxy.port, host: '127.0.0.1', noDelay: true }));
}

describe('a TCP proxy', () => {
  it('has the address that clients use instead of the server', () => {
    expect(proxy.url).toBe(`tcp://127.0.0.1:${proxy.port}/path`);
  });

  it('carries bytes both ways, and the end of a connection', async () => {
    const client = open();
    client.socket.write('hello');
    await client.hears('hello');
    expect(proxy.connections).toHaveLength(1);
    client.socket.end();
    await expect.poll(() => proxy.connections.length).toBe(0);
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true);
  });

  it('delays in order', async () => {
    proxy.set({ delay: 30 });
    const client = open();
    const start = performance.now();
    for (const word of ['one ', 'two ', 'three']) client.socket.write(word);
    await client.hears('one two three');
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
  });

  it('splits into single bytes', async () => {
    proxy.set({ split: 1 });
    const client = open();
    client.socket.write('bytes');
    await client.hears('bytes');
    expect(echo.chunks.length).toBeGreaterThan(1);
  });

  it.each(['FIN', 'RST'] as const)('cuts with %s', async (ending) => {
    const client = open();
    client.socket.write('x');
    await client.hears('x');
    proxy.cut(ending);
    await expect.poll(() => client.ended).toBe(ending === 'FIN' ? 'FIN' : 'ECONNRESET');
    await expect.poll(() => echo.sockets[0]?.destroyed).toBe(true);
  });

  it('swallows one direction and leaves the connection open', async () => {
    const client = open();
    client.socket.write('before ');
    await client.hears('before ');
    proxy.set({ swallow: 'toClient' });
    client.socket.write('lost ');
    await expect.poll(() => echo.chunks.join('')).toBe('before lost ');
    proxy.set({ swallow: 'toServer' });
    client.socket.write('never ');
    client.socket.end();
    await once(client.socket, 'finish');
    expect(client.heard).toBe('before ');
    expect(client.ended).toBeUndefined();
    expect(echo.sockets[0]?.destroyed).toBe(false);
    expect(echo.chunks.join('')).toBe('before lost ');
  });

  it('changes one connection and no other', async () => {
    const [first, second] = [open(), open()];
    for (const { socket } of [first, second]) socket.write('x');
    await first.hears('x');
    await second.hears('x');
    proxy.connections[0]?.cut();
    await expect.poll(() => proxy.connections.length).toBe(1);
  });

  it('refuses connections until told otherwise', async () => {
    proxy.refuse(true);
    const refused = open();
    await expect.poll(() => refused.ended).toBe('ECONNRESET');
    proxy.refuse(false);
    const client = open();
    client.socket.write('x');
    await client.hears('x');
    expect(proxy.accepted).toBe(1);
  });

  it('directs new connections to another server', async () => {
    const other = await startEcho();
    proxy.direct(other.url);
    const client = open();
    client.socket.write('x');
    await client.hears('x');
    expect(other.chunks).toEqual(['x']);
    expect(echo.chunks).toEqual([]);
  });

  it('ends the connection of a client when there is no server', async () => {
    proxy.direct('tcp://127.0.0.1:1');
    const client = open();
    await expect.poll(() => client.ended).toBeDefined();
    await expect.poll(() => proxy.connections.length).toBe(0);
  });

  it('shows what passes, in time to swallow the answer to it', async () => {
    const client = open();
    proxy.observe((chunk, direction, connection) => {
      if (direction === 'toServer' && chunk.includes('COMMIT')) {
        connection.set({ swallow: 'toClient' });
      }
    });
    client.socket.write('BEGIN ');
    await client.hears('BEGIN ');
    client.socket.write('COMMIT ');
    await expect.poll(() => echo.chunks.join('')).toBe('BEGIN COMMIT ');
    expect(client.heard).toBe('BEGIN ');
  });
});
