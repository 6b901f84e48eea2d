import type { DatabaseAddress } from '../database/by-url/data-source-by-url.js';
import type { QueueDriver } from '../queue/queue-packages.js';
import { Refusal } from './refusal.js';

/** Where the counts are that a command is about. */
export interface Place {
  namespace: string;
  /** A URL, or sentinels or a cluster as the option `redis` takes them. Absent: counted embedded. */
  redis?: string | object | undefined;
  database: DatabaseAddress;
  queue: { driver?: QueueDriver | undefined; prefix?: string; redis?: string | object };
}

/** Options that every verb has, and the variables of the environment in their place, the first that is set. */
export const PLACE_OPTIONS = {
  redis: {
    value: 'URL',
    variables: ['FASTCOUNTER_REDIS', 'REDIS_URL'],
    does: 'Redis of the counts: redis://, rediss://, or JSON of sentinels or a cluster',
  },
  database: {
    value: 'URL',
    variables: ['FASTCOUNTER_DATABASE', 'DATABASE_URL'],
    does: 'database of the counts: postgres://, mysql://, mariadb:// or sqlite:PATH',
  },
  namespace: {
    value: 'NAME',
    variables: ['FASTCOUNTER_NAMESPACE'],
    does: "option namespace of the module; default: 'default'",
  },
  schema: {
    value: 'NAME',
    variables: ['FASTCOUNTER_SCHEMA'],
    does: 'schema of the tables, if it is not the usual one',
  },
  queue: {
    value: 'DRIVER',
    variables: ['FASTCOUNTER_QUEUE'],
    does: 'bull or bullmq; default: what is found in Redis',
  },
  'queue-prefix': {
    value: 'NAME',
    variables: ['FASTCOUNTER_QUEUE_PREFIX'],
    does: "option queue.prefix of the module; default: 'PersistCounter'",
  },
  'queue-redis': {
    value: 'URL',
    variables: ['FASTCOUNTER_QUEUE_REDIS'],
    does: 'another Redis for the queues',
  },
} as const;

type PlaceOption = keyof typeof PLACE_OPTIONS;

/** The place by options and environment. Throws `Refusal` where something is missing. */
export function placeOf(
  options: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
  verb: string,
): Place {
  const given = (name: PlaceOption): string | undefined => {
    const option = options[name];
    if (typeof option === 'string') return option;
    const set = PLACE_OPTIONS[name].variables.map((variable) => environment[variable]);
    return set.find((value) => value !== undefined && value !== '');
  };
  const database = given('database');
  if (database === undefined) throw missing('database', verb);
  const driver = given('queue');
  if (driver !== undefined && driver !== 'bull' && driver !== 'bullmq') {
    throw new Refusal(`--queue must be bull or bullmq, not ${JSON.stringify(driver)}`);
  }
  return {
    namespace: given('namespace') ?? 'default',
    redis: deployment('redis', given('redis')),
    database: { url: database, schema: given('schema') },
    queue: {
      driver,
      prefix: given('queue-prefix'),
      redis: deployment('queue-redis', given('queue-redis')),
    },
  };
}

export const missing = (name: PlaceOption, verb: string): Refusal =>
  new Refusal(
    `"${verb}" needs --${name}, or ${PLACE_OPTIONS[name].variables.join(' or ')} in the environment`,
  );

function deployment(name: PlaceOption, given: string | undefined): string | object | undefined {
  if (!given?.trimStart().startsWith('{')) return given;
  try {
    return JSON.parse(given) as object;
  } catch {
    // it may hold a password: it is not quoted
    throw new Refusal(`--${name} begins with "{", and is no JSON`);
  }
}
