import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const stopDeadline = 20_000;

/**
 * The built sample application as users run it: a process of its own, with the environment
 * variables given and none of ours.
 */
export class SampleProcess {
  output = '';
  private readonly exit: Promise<unknown[]>;

  private constructor(private readonly child: ChildProcess) {
    // When it has ended and all that it printed is here.
    this.exit = once(child, 'close');
    const killAtExit = (): void => void child.kill('SIGKILL');
    process.once('exit', killAtExit);
    child.once('exit', () => process.off('exit', killAtExit));
    const collect = (chunk: Buffer): void => void (this.output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  /** Without waiting for anything; `main` answers requests on any free port, `worker` answers none. */
  static spawn(entry: 'main' | 'worker', variables: Record<string, string>): SampleProcess {
    const script = fileURLToPath(new URL(`../../sample-app/dist/${entry}.js`, import.meta.url));
    const environment = { PATH: process.env.PATH, NO_COLOR: '1', PORT: '0', ...variables };
    return new SampleProcess(spawn(process.execPath, [script], { env: environment }));
  }

  /** Resolves when the application answers requests. */
  static async start(variables: Record<string, string>): Promise<SampleProcess> {
    const sample = SampleProcess.spawn('main', variables);
    await sample.printed('Listening on');
    return sample;
  }

  get url(): string {
    return /Listening on (http:\/\/[^\s,]+)/.exec(this.output)?.[1] ?? '';
  }

  /** Resolves with the exit code, which is null when a signal ended the process. */
  async ended(): Promise<number | null> {
    const [code] = await this.exit;
    return code as number | null;
  }

  /** One that does not end in time is killed, which answers null. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    const patience = setTimeout(() => this.child.kill('SIGKILL'), stopDeadline);
    return this.ended().finally(() => {
      clearTimeout(patience);
    });
  }

  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(
          `The sample application ended before it printed "${text}":\n${this.output}`,
        );
      }
      await sleep(20);
    }
  }
}
