import { Agent, request } from 'node:http';

export interface PostLoad {
  /** Requests answered with 2xx. */
  answered: number;
  /** Requests that were sent, or perhaps sent, and got no answer. */
  cutOff: number;
  /** Other answers, by status. */
  others: Record<number, number>;
  /** Resolves when every client was refused a connection. */
  refused: Promise<unknown>;
}

/**
 * So many clients post again and again, until the server is gone. Connections that are kept alive
 * and never idle keep a server from closing, unless it cuts them off.
 */
export function postUntilRefused(url: string, clients: number, keepAlive: boolean): PostLoad {
  const agent = new Agent({ keepAlive, maxSockets: clients });
  const load: PostLoad = { answered: 0, cutOff: 0, others: {}, refused: Promise.resolve() };

  async function run(): Promise<void> {
    for (;;) {
      try {
        const status = await post(url, agent);
        if (status >= 200 && status < 300) load.answered++;
        else load.others[status] = (load.others[status] ?? 0) + 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return;
        load.cutOff++;
      }
    }
  }

  load.refused = Promise.all(Array.from({ length: clients }, run)).finally(() => agent.destroy());
  return load;
}

/** The answer's status. */
export function post(url: string, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end();
  });
}
