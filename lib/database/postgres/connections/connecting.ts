import type { EventEmitter } from 'node:events';

/** A client of pg's that is connected. */
export interface Client extends EventEmitter {
  release(): void;
}

/** One that may still connect. A client of pg-native has no `connection`. */
export interface Closable {
  readonly connection?: { readonly stream: { destroy(): void } };
  end(): Promise<void>;
}

type MakeClient = new (...given: unknown[]) => Closable;
type Answer = (error: Error | undefined, client?: Client) => void;
interface Waiting {
  readonly callback: Answer;
}

/** What is used of pg's pool to get a client. */
export interface ConnectingPool {
  Client?: MakeClient;
  connect(answer: Answer): void;
  /** Makes a client for somebody who waits: at once, or when another one has made place. */
  newClient?: (this: ConnectingPool, waiting: Waiting) => void;
}

const watched = new WeakSet<ConnectingPool>();
const attempts = new WeakMap<Answer, AbortSignal>();
/** The attempt whose call to `connect()` is on the stack: others may wrap the callback, as those who trace do. */
let calling: AbortSignal | undefined;

/**
 * Takes a client of the pool, and ends the attempt when told to: the socket of a client that still connects is closed. A
 * pool of pg waits for such a client for ever when it ends, and has no call to end it; so the pool is watched as it
 * makes clients, and those that are made for us are known.
 */
export function connectBy(pool: ConnectingPool, ended: AbortSignal): Promise<Client> {
  watch(pool);
  return new Promise((resolve, reject) => {
    const answer: Answer = (error, client) => {
      if (client === undefined) reject(error ?? new Error('The pool gave no connection'));
      else resolve(client);
    };
    attempts.set(answer, ended);
    calling = ended;
    try {
      pool.connect(answer);
    } finally {
      calling = undefined;
    }
  });
}

function watch(pool: ConnectingPool): void {
  const { newClient } = pool;
  if (watched.has(pool) || newClient === undefined) return;
  watched.add(pool);
  pool.newClient = (waiting) => {
    const ended = attempts.get(waiting.callback) ?? calling;
    const made = seeClients(pool, () => newClient.call(pool, waiting));
    if (ended === undefined) return;
    const end = (): void => made.forEach(drop);
    if (ended.aborted) end();
    else ended.addEventListener('abort', end, { once: true });
  };
}

/** The clients that the pool makes during a call. */
function seeClients(pool: ConnectingPool, call: () => void): Closable[] {
  const { Client } = pool;
  const made: Closable[] = [];
  if (Client !== undefined) {
    pool.Client = new Proxy(Client, {
      construct(Made, given: unknown[]) {
        const client = new Made(...given);
        made.push(client);
        return client;
      },
    });
  }
  try {
    call();
  } finally {
    if (Client !== undefined) pool.Client = Client;
  }
  return made;
}

/** The pool lets go what failed to connect. One that was told to `end()` would never tell the pool. */
function drop(client: Closable): void {
  if (client.connection === undefined) void client.end().catch(() => undefined);
  else closeSocket(client);
}

/** `end()` of pg alone says goodbye where no query is under way, and waits for the server to close. */
export function closeSocket({ connection }: Closable): void {
  connection?.stream.destroy();
}
