import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Janitor {
  /** The process to kill when this one dies. */
  watch(pid: number): void;
  /** The process has ended in order: only the directory is left to remove. */
  finish(): Promise<void>;
}

const script = `
  trap '' INT TERM HUP
  while read -r line; do pid=$line; done
  if [ -n "$pid" ]; then kill -KILL "$pid"; sleep 1; fi
  rm -rf "$1"
`;

/**
 * Kills a server and removes its directory however the test run ends, by SIGKILL too: the janitor
 * is a process of its own that waits for the end of the pipe which this one holds open.
 */
export function startJanitor(directory: string): Janitor {
  const janitor = spawn('/bin/sh', ['-c', script, 'janitor', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  janitor.unref();
  return {
    watch: (pid) => void janitor.stdin.write(`${pid}\n`),
    finish: async () => {
      const exit = once(janitor, 'exit');
      janitor.ref();
      janitor.stdin.end('\n');
      await exit;
    },
  };
}
