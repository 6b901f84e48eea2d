import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { HttpLoad, HttpOutcome } from './http-load.js';

/** Those who call an endpoint, in a process of their own. */
export class HttpClients {
  private readonly child = fork(process.argv[1] ?? '', ['--http-load']);

  async call(load: HttpLoad): Promise<HttpOutcome> {
    const answered = once(this.child, 'message');
    this.child.send(load);
    const [outcome] = (await answered) as [HttpOutcome];
    return outcome;
  }

  close(): void {
    this.child.disconnect();
  }
}
