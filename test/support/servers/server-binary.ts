import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const installer = fileURLToPath(new URL('install-server.sh', import.meta.url));

export interface ServerBinary {
  command: string;
  /** Prints its version, and ends. */
  versionArguments: readonly string[];
  /** Debian's. */
  package: string;
  /** What the package would start; absent where that is nothing. */
  service?: string;
  /** What else to do where it cannot be installed. */
  hint: string;
}

/** Makes sure that a server is in the PATH; installs Debian's package where it is not. */
export async function ensureServer(server: ServerBinary): Promise<void> {
  if (await isInstalled(server)) return;
  const { command, package: name, service = '', hint } = server;
  console.log(`${command} is not installed: installing the Debian package`);
  const install = ['sh', installer, name, service];
  const [file = '', ...rest] =
    process.getuid?.() === 0 ? install : ['sudo', '--non-interactive', ...install];
  try {
    await execute(file, rest);
  } catch (error) {
    throw new Error(
      `${command} is needed, and could not be installed. Install it with ` +
        `"apt-get install ${name}" as root, or ${hint}`,
      { cause: error },
    );
  }
}

async function isInstalled({ command, versionArguments }: ServerBinary): Promise<boolean> {
  try {
    await execute(command, versionArguments);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
