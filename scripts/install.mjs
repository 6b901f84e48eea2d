import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, step } from './run.mjs';

const lockFile = join(root, 'package-lock.json');
// npm itself writes this file at the end of every complete installation: what it installed.
const installed = join(root, 'node_modules', '.package-lock.json');

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Whether each package is there in the version of the lock file; optional ones may be for another platform. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  const found = packagesOf(installed);
  return Object.entries(packagesOf(lockFile)).every(
    ([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
  );
}

/** Installs the dependencies where they are missing or other ones than in the lock file. */
export async function installDependencies() {
  if (isInstalled()) return;
  await step('install dependencies (npm ci)', 'npm', [
    'ci',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
  ]);
}
