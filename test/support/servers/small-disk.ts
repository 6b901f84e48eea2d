import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A file system of its own, which can be full. */
export interface SmallDisk {
  readonly directory: string;
  /** Leaves not a byte. */
  fill(): Promise<void>;
  /** Gives back what `fill()` took. */
  free(): Promise<void>;
  unmount(): Promise<void>;
}

// unmounts however the test run ends, as the janitor of a server does
const janitor = `trap '' INT TERM HUP; read -r line; umount -l "$1"; rmdir "$1"`;

/** For this user; undefined where this process may not mount. */
export async function mountSmallDisk(
  owner: { uid: number; gid: number },
  size = '2m',
): Promise<SmallDisk | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'fastcounter-disk-'));
  const options = `size=${size},mode=0700,uid=${owner.uid},gid=${owner.gid}`;
  try {
    await execute('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  } catch {
    await rmdir(directory);
    return undefined;
  }
  const unmounting = spawn('/bin/sh', ['-c', janitor, 'janitor', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  unmounting.unref();
  const filler = join(directory, 'filler');
  return {
    directory,
    async fill() {
      const file = await open(filler, 'w');
      const piece = Buffer.alloc(4096);
      const write = () =>
        file.write(piece).then(
          () => true,
          (error: unknown) => {
            if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
            throw error;
          },
        );
      while (await write());
      await file.close();
    },
    free: () => rm(filler),
    async unmount() {
      const exit = once(unmounting, 'exit');
      unmounting.ref();
      unmounting.stdin.end('\n');
      await exit;
    },
  };
}
