import { once } from 'node:events';
import { createServer, type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** Which way bytes go. */
export type Direction = 'toServer' | 'toClient';

/** What becomes of bytes on their way. */
export interface Wire {
  /** Milliseconds that every chunk takes. */
  delay: number;
  /** Chunks of at most so many bytes, each sent by itself; 0: as they come. */
  split: number;
  /** Swallows bytes and ends of this direction, or of both; the connection stays open. */
  swallow: Direction | 'both' | 'nothing';
}

/** With FIN, as of a server that stops, or RST, as of one whose machine has lost the connection. */
export type Ending = 'FIN' | 'RST';

export interface ProxiedConnection {
  readonly id: number;
  /** Changes the wire of this connection alone, for what comes from now on. */
  set(wire: Partial<Wire>): void;
  cut(ending?: Ending): void;
}

/** Sees every chunk as it comes, before it goes on; what it sets or cuts holds for this chunk already. */
export type Observer = (chunk: Buffer, direction: Direction, connection: ProxiedConnection) => void;

/** Stands between clients and a server, and does to their connections what networks do. */
export interface TcpProxy {
  /** The server's URL, with this proxy's address. */
  readonly url: string;
  readonly port: number;
  /** Those that are open. */
  readonly connections: readonly ProxiedConnection[];
  /** How many connections there were. */
  readonly accepted: number;
  /** Changes the wire of all connections, present and future. */
  set(wire: Partial<Wire>): void;
  /** Cuts all connections. */
  cut(ending?: Ending): void;
  /** Resets new connections at once, until told otherwise. */
  refuse(refuse: boolean): void;
  /** New connections go to this server. */
  direct(serverUrl: string): void;
  /** One at a time; without it, chunks are not looked at. */
  observe(observer?: Observer): void;
  stop(): Promise<void>;
}

const clear: Wire = { delay: 0, split: 0, swallow: 'nothing' };

/** Listens on a free port of 127.0.0.1; connections go to the server of the URL. */
export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  const connections = new Set<Connection>();
  const wire = { ...clear };
  let target = new URL(serverUrl);
  let refusing = false;
  let accepted = 0;
  let observer: Observer | undefined;

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    client.on('error', () => undefined);
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({
      host: target.hostname,
      port: Number(target.port),
      noDelay: true,
      allowHalfOpen: true,
    });
    const connection = new Connection(++accepted, client, upstream, { ...wire }, (...seen) =>
      observer?.(...seen),
    );
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  return {
    url: url.href,
    port,
    get connections() {
      return [...connections];
    },
    get accepted() {
      return accepted;
    },
    set(changes) {
      Object.assign(wire, changes);
      for (const connection of connections) connection.set(changes);
    },
    cut(ending) {
      for (const connection of connections) connection.cut(ending);
    },
    refuse(refuse) {
      refusing = refuse;
    },
    direct(otherUrl) {
      target = new URL(otherUrl);
    },
    observe(other) {
      observer = other;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) connection.cut('RST');
      await closed;
    },
  };
}

/** open → cut, or both sides have ended → closed */
class Connection implements ProxiedConnection {
  readonly closed: Promise<unknown>;

  constructor(
    readonly id: number,
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly wire: Wire,
    private readonly observe: Observer,
  ) {
    this.carry(client, server, 'toServer');
    this.carry(server, client, 'toClient');
    this.closed = Promise.all([
      new Promise((resolve) => client.once('close', resolve)),
      new Promise((resolve) => server.once('close', resolve)),
    ]);
  }

  set(wire: Partial<Wire>): void {
    Object.assign(this.wire, wire);
  }

  cut(ending: Ending = 'RST'): void {
    for (const socket of [this.client, this.server]) {
      if (ending === 'RST') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  }

  private carry(from: Socket, to: Socket, direction: Direction): void {
    // one after the other, however long each takes
    let before: Promise<unknown> = Promise.resolve();
    const inTurn = (send: () => unknown): void => {
      const { delay } = this.wire;
      const arrives = delay === 0 ? undefined : sleep(delay);
      before = before.then(() => arrives).then(send);
    };
    from.on('data', (chunk: Buffer) => {
      this.observe(chunk, direction, this);
      if (this.swallows(direction)) return;
      inTurn(() => this.send(chunk, to));
    });
    from.on('end', () => {
      if (this.swallows(direction)) return;
      inTurn(() => to.end());
    });
    from.on('error', () => {
      if (!this.swallows(direction)) to.resetAndDestroy();
    });
    // also where it was never connected
    from.on('close', () => {
      if (!this.swallows(direction)) inTurn(() => to.destroySoon());
    });
  }

  private async send(chunk: Buffer, to: Socket): Promise<void> {
    const size = this.wire.split || chunk.length;
    for (let start = 0; start < chunk.length && to.writable; start += size) {
      // a turn for each, or they would leave in one packet
      if (start > 0) await turn();
      to.write(chunk.subarray(start, start + size));
    }
  }

  private swallows(direction: Direction): boolean {
    const { swallow } = this.wire;
    return swallow === 'both' || swallow === direction;
  }
}
