import { existsSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpack } from './archive.js';
import type { ServerOfRelease } from './catalogue.js';

/** What servers come with and do not need here: what installs, and what starts them with the machine. */
const WITHOUT = new Set([
  ...[
    'adduser',
    'debconf',
    'init-system-helpers',
    'lsb-base',
    'passwd',
    'perl',
    'perl-base',
    'psmisc',
    'procps',
  ],
  ...[
    'locales',
    'postgresql-client-common',
    'postgresql-common',
    'python3',
    'ssl-cert',
    'systemd',
    'tzdata',
    'ucf',
  ],
]);
/** For the scripts that prepare a data directory. */
const TOOLS = ['coreutils', 'dash', 'grep', 'mawk', 'sed'];
/** Nobody: PostgreSQL does not run as root. */
export const NOBODY = 65534;

/** A server with all that it needs in a folder, and its programs for the PATH. */
export interface SmallSystem {
  version: string;
  /** Writes a program into the folder `bin`, which runs one of the small system; answers its path. */
  program(
    name: string,
    command: string,
    options?: { as?: number; arguments?: string },
  ): Promise<string>;
  bin: string;
}

/** Takes root: a program runs in the folder as its root, with the temporary folder of the machine. */
export async function smallSystem(server: ServerOfRelease, folder: string): Promise<SmallSystem> {
  const root = join(folder, 'root');
  const names = [...server.packages, ...(server.kind === 'redis' ? [] : TOOLS)];
  await mkdir(folder, { recursive: true });
  const versions = await unpack(server.release, names, WITHOUT, root);
  await complete(root);
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  return {
    version: versions[server.packages[0] ?? ''] ?? '',
    bin,
    async program(name, command, { as = 0, arguments: more = '' } = {}) {
      const path = join(bin, name);
      const inside = `mount --rbind /tmp "$0/tmp" && mount --rbind /dev "$0/dev" && mount --rbind /proc "$0/proc" && exec chroot --userspec=${as}:${as} "$0" "$@"`;
      await writeFile(
        path,
        `#!/bin/sh\nexec unshare --mount --propagation private /bin/sh -c '${inside}' '${root}' ${command} "$@" ${more}\n`,
      );
      await chmod(path, 0o755);
      return path;
    },
  };
}

/** What the installation of packages would have made. */
async function complete(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    if (!existsSync(join(root, name))) await symlink(`usr/${name}`, join(root, name));
  }
  for (const name of ['tmp', 'dev', 'proc', 'etc', 'var/run', 'run', 'var/lib/mysql-files']) {
    await mkdir(join(root, name), { recursive: true });
  }
  if (!existsSync(join(root, 'bin', 'sh')) && existsSync(join(root, 'bin', 'dash'))) {
    await symlink('dash', join(root, 'bin', 'sh'));
  }
  if (
    !existsSync(join(root, 'usr', 'bin', 'awk')) &&
    existsSync(join(root, 'usr', 'bin', 'mawk'))
  ) {
    await symlink('mawk', join(root, 'usr', 'bin', 'awk'));
  }
  await writeFile(
    join(root, 'etc', 'passwd'),
    `root:x:0:0::/:/bin/sh\nnobody:x:${NOBODY}:${NOBODY}::/:/bin/sh\n`,
  );
  await writeFile(join(root, 'etc', 'group'), `root:x:0:\nnogroup:x:${NOBODY}:\n`);
  await writeFile(join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n');
}
