import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const binaries = join(root, 'node_modules', '.bin');

/** Starts a command in the project's root; the programs of the dependencies are in its PATH. */
export function start(command, args, options = {}) {
  const env = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` };
  return spawn(command, args, { cwd: root, env, stdio: 'inherit', ...options });
}

/** Runs a command to its end, between its name and its duration; one that may wait has a priority below others. */
export async function run(name, command, args, priority = 0) {
  console.log(`== ${name}`);
  const begun = performance.now();
  const child = start(command, args);
  if (priority !== 0 && child.pid !== undefined) setPriority(child.pid, priority);
  const [code, signal] = await once(child, 'exit');
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`== ${name}: ${code === 0 ? 'done' : 'failed'} in ${seconds} s\n`);
  return { code, signal };
}

/** Runs a command that everything after it needs: when it fails, this process ends the same way. */
export async function step(name, command, args) {
  const outcome = await run(name, command, args);
  if (outcome.code !== 0) endAs(outcome);
}

/** Ends this process the way that another one ended: with its exit code, or by its signal. */
export function endAs({ code, signal }) {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
