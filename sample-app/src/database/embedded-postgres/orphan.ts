import { readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const stopDeadline = 60_000;
const ownerFile = 'application.pid';

/** Tells later applications that the server on this directory is ours. */
export function claim(dataDirectory: string): Promise<void> {
  return writeFile(join(dataDirectory, ownerFile), String(process.pid));
}

/** Stops the server that an application left behind when it was killed. */
export async function stopOrphan(dataDirectory: string): Promise<void> {
  const lock = join(dataDirectory, 'postmaster.pid');
  const server = await readProcessId(lock);
  if (server === undefined) return;
  if (!(await servesDirectory(server, dataDirectory))) {
    await rm(lock, { force: true });
    return;
  }
  const owner = await readProcessId(join(dataDirectory, ownerFile));
  if (owner !== undefined && (await isAlive(owner))) {
    throw new Error(`${dataDirectory} is in use by process ${owner}`);
  }
  process.kill(server, 'SIGINT');
  const deadline = Date.now() + stopDeadline;
  while (await isAlive(server)) {
    if (Date.now() > deadline) {
      throw new Error(`The old server on ${dataDirectory}, process ${server}, stays`);
    }
    await sleep(50);
  }
}

/** A process id in a file outlives its process: after a reboot it can be anyone's. */
async function servesDirectory(pid: number, dataDirectory: string): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  if (process.platform !== 'linux') return true;
  const workingDirectory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return workingDirectory === (await realpath(dataDirectory));
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A killed process whose parent never waits for it answers signals for ever, as a zombie.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(status);
}

async function readProcessId(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? undefined : pid;
}
