import { fileURLToPath } from 'node:url';

/** What the process reads from its environment. */
export interface Environment {
  /** 0 takes any free port. */
  port: number;
  /** Absent: counts are gathered in this process's memory (embedded mode). */
  redisUrl?: string;
  /** Absent: a PostgreSQL of our own in `dataDirectory`. */
  databaseUrl?: string;
  dataDirectory: string;
  /** Keeps counters apart from those of other applications in the same Redis and database. */
  namespace?: string;
  /** Whether this process also moves counts from Redis to the database. */
  workers: boolean;
  /** Milliseconds within which a count reaches the database; absent: the package's default. */
  updateInterval?: number;
}

const defaultDataDirectory = fileURLToPath(new URL('../.data/postgres', import.meta.url));

/** A variable has a value that cannot be used; the message says which, and what can. */
export class EnvironmentError extends Error {}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const redisUrl = readUrl(variables, 'REDIS_URL', ['redis://', 'rediss://']);
  const workers = readBoolean(variables, 'WORKERS') ?? true;
  if (!workers && redisUrl === undefined) {
    throw new EnvironmentError(
      'WORKERS=false needs REDIS_URL: without Redis no other process can persist the counts',
    );
  }
  return {
    port: readInteger(variables, 'PORT', 65_535) ?? 3000,
    redisUrl,
    databaseUrl: readUrl(variables, 'DATABASE_URL', ['postgres://', 'postgresql://']),
    dataDirectory: read(variables, 'DATA_DIR') ?? defaultDataDirectory,
    namespace: read(variables, 'NAMESPACE'),
    workers,
    updateInterval: readInteger(variables, 'UPDATE_INTERVAL', 604_800_000),
  };
}

/** Deployment tools write an unset variable as an empty one. */
function read(variables: NodeJS.ProcessEnv, name: string): string | undefined {
  return variables[name] === '' ? undefined : variables[name];
}

function readUrl(
  variables: NodeJS.ProcessEnv,
  name: string,
  beginnings: string[],
): string | undefined {
  const value = read(variables, name);
  if (value === undefined) return undefined;
  if (beginnings.some((beginning) => value.startsWith(beginning)) && URL.canParse(value)) {
    return value;
  }
  // The value is not quoted: it may hold a password.
  throw new EnvironmentError(`${name} is not a URL that begins with ${beginnings.join(' or ')}`);
}

function readBoolean(variables: NodeJS.ProcessEnv, name: string): boolean | undefined {
  const value = read(variables, name);
  if (value === undefined) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new EnvironmentError(`${name}=${value}: expected true or false`);
}

function readInteger(
  variables: NodeJS.ProcessEnv,
  name: string,
  maximum: number,
): number | undefined {
  const value = read(variables, name);
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value) && Number(value) <= maximum) return Number(value);
  throw new EnvironmentError(`${name}=${value}: expected a whole number from 0 to ${maximum}`);
}
