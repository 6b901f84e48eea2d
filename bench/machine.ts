import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the numbers are of. */
export interface Machine {
  processor: string;
  cores: number;
  memory: string;
  system: string;
  node: string;
  /** What is left of the processors, in processors, where it is limited by `--slow`. */
  limit?: number;
  /** Of the last minute, before anything was measured: what else the machine did. */
  load: number;
}

export function describeMachine(limit?: number): Machine {
  const [first] = cpus();
  return {
    processor: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${type()} ${release()}`,
    node: process.versions.node,
    limit,
    load: Math.round((loadavg()[0] ?? NaN) * 100) / 100,
  };
}

const PACKAGES = ['@redis/client', 'ioredis', 'bull', 'typeorm', 'pg', 'mysql2', '@nestjs/core'];

export function packageVersions(root: string): Record<string, string> {
  const version = (name: string): string => {
    const manifest = readFileSync(`${root}/node_modules/${name}/package.json`, 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  };
  return Object.fromEntries(PACKAGES.map((name) => [name, version(name)]));
}

/** Of the working copy, `+` where it was changed; empty outside of one. */
export function commit(root: string): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
    const changed = git('status', '--porcelain', '--', 'lib', 'bench') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? '+' : '');
  } catch {
    return '';
  }
}
