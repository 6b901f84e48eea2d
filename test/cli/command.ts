import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

export const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What a command wrote, and how it ended. */
export interface Ended {
  status: number | null;
  out: string;
  error: string;
}

/** Where the counts are; what is undefined is not told. */
export interface Place {
  redis?: string | undefined;
  databaseUrl?: string | undefined;
  namespace?: string;
  /** Of the process. */
  timeZone?: string;
  /** A folder of packages that are not installed here. */
  packages?: string;
}

/** Runs the built `fastcounter` as a process, with the place in its environment. */
export async function fastcounter(
  place: Place,
  given: readonly string[],
  input?: string,
): Promise<Ended> {
  const { redis = inject('redisUrl'), databaseUrl, namespace, timeZone, packages } = { ...place };
  const environment = {
    FASTCOUNTER_REDIS: 'redis' in place ? place.redis : redis,
    FASTCOUNTER_DATABASE: databaseUrl,
    FASTCOUNTER_NAMESPACE: namespace,
    ...(timeZone !== undefined && { TZ: timeZone }),
    ...(packages !== undefined && { NODE_PATH: packages }),
  };
  const child = spawn(process.execPath, [program, ...given], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  const ended: Ended = { status: null, out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => (ended.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ended.error += chunk.toString()));
  child.stdin.end(input);
  ended.status = await new Promise((resolve) => child.once('close', resolve));
  return ended;
}

/** The same with `--json`, and what it answered. */
export async function asked(
  place: Place,
  given: readonly string[],
): Promise<Ended & { data: unknown }> {
  const ended = await fastcounter(place, [...given, '--json']);
  return { ...ended, data: ended.out === '' ? undefined : JSON.parse(ended.out) };
}
