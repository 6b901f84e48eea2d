import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, step } from './run.mjs';

const lockFile = join(root, 'package-lock.json');
// npm itself writes this file at the end of every complete installation.
const stamp = join(root, 'node_modules', '.package-lock.json');

/** Installs the dependencies where they are missing or older than the lock file. */
export async function installDependencies() {
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lockFile).mtimeMs) return;
  await step('install dependencies (npm ci)', 'npm', [
    'ci',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
  ]);
}
