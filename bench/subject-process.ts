import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Command, Measured, Opening } from './host.js';
import type { Task } from './subject.js';

type Order = Command extends infer One ? (One extends Command ? Omit<One, 'id'> : never) : never;

/** A subject in a process of its own. */
export class SubjectProcess {
  private readonly child: ChildProcess;
  private readonly asked = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  private lastId = 0;

  constructor(
    private readonly label: string,
    nodeOptions: readonly string[] = [],
    program = process.argv[1] ?? '',
  ) {
    this.child = fork(program, ['--host'], { execArgv: [...nodeOptions] });
    this.child.on('message', (message: Answer) => {
      const asked = this.asked.get(message.id);
      this.asked.delete(message.id);
      if ('error' in message) asked?.reject(new Error(`${label}: ${message.error}`));
      else asked?.resolve(message.result);
    });
    this.child.on('exit', (code, signal) => {
      const error = new Error(`${label}: its process ended with ${signal ?? code ?? 'nothing'}`);
      for (const { reject } of this.asked.values()) reject(error);
      this.asked.clear();
    });
  }

  open(opening: Opening): Promise<unknown> {
    return this.ask({ command: 'open', opening });
  }

  run(task: Task): Promise<Measured> {
    return this.ask({ command: 'run', task }) as Promise<Measured>;
  }

  settle(): Promise<unknown> {
    return this.ask({ command: 'settle' });
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    await this.ask({ command: 'close' });
    await ended;
  }

  /** However it is. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  private ask(order: Order): Promise<unknown> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return Promise.reject(new Error(`${this.label}: its process has ended`));
    }
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.child.send({ ...order, id });
    });
  }
}
