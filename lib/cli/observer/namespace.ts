import type { CacheSource } from '../../cache/cache-source.js';
import { createCounterCache } from '../../cache/create-counter-cache.js';
import type { CounterStore } from '../../database/counter-store.js';
import { isAway } from '../../incidents/is-away.js';
import { partitionNumbers } from '../../words/partitioner.js';
import { Refusal } from '../refusal.js';

/** The most queues that a namespace can have. */
const MOST_QUEUES = 100;
const DEFAULT_QUEUES = 5;

/** What the servers know of a namespace. */
export interface Namespace {
  queues: number;
  timeZone: string;
  /** Why this Redis or this database is perhaps not the one of this namespace; absent where both know it, or one is away. */
  doubt?: string | undefined;
}

/** What one server knows: nothing, or something; undefined where it does not answer. */
type Known = { queues?: number; timeZone?: string } | 'nothing' | undefined;

/** Asks both servers. A namespace that both do not know is refused: nobody uses it. */
export async function findNamespace(
  name: string,
  servers: { source: CacheSource; store: CounterStore; commandTimeout: number },
): Promise<Namespace> {
  const [cache, database] = await Promise.all([inRedis(name, servers), inDatabase(servers.store)]);
  const isEmbedded = servers.source.kind === 'memory';
  const isKnown = [cache, database].some((known) => typeof known === 'object');
  const isAnswered = (isEmbedded || cache !== undefined) && database !== undefined;
  if (!isKnown && isAnswered) {
    throw new Refusal(
      `Nobody uses namespace "${name}": ${isEmbedded ? '' : 'Redis and '}the database hold${isEmbedded ? 's' : ''} nothing of it. ` +
        'Give another one by --namespace, or other servers',
    );
  }
  const told = [cache, database].filter((known) => typeof known === 'object');
  return {
    queues: told.find(({ queues }) => queues !== undefined)?.queues ?? DEFAULT_QUEUES,
    timeZone: told.find(({ timeZone }) => timeZone !== undefined)?.timeZone ?? 'UTC',
    doubt: isEmbedded ? undefined : doubtOf(name, cache, database),
  };
}

function doubtOf(name: string, cache: Known, database: Known): string | undefined {
  if (cache === 'nothing' && typeof database === 'object') {
    return `Redis holds nothing of namespace "${name}", and the database does: it is another Redis, or was emptied`;
  }
  if (database === 'nothing' && typeof cache === 'object') {
    return `The database holds nothing of namespace "${name}", and Redis does: it is another database, or was emptied`;
  }
  return undefined;
}

async function inRedis(
  namespace: string,
  { source, commandTimeout }: { source: CacheSource; commandTimeout: number },
): Promise<Known> {
  if (source.kind === 'memory') return undefined;
  // partition 0 exists for every number of queues
  const cache = createCounterCache(source, { namespace, queues: 1, commandTimeout });
  try {
    const { settings, fence } = await cache.look(0, []);
    return fence === undefined ? 'nothing' : (settings ?? {});
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  } finally {
    await cache.close();
  }
}

async function inDatabase(store: CounterStore): Promise<Known> {
  try {
    const { ledgers } = await store.read([], partitionNumbers(MOST_QUEUES));
    const last = Math.max(-1, ...[...ledgers].filter(([, seq]) => seq > 0).map(([it]) => it));
    if (last >= 0) return { queues: last + 1 };
    const query = { prefix: '', order: 'name', direction: 'asc', limit: 1 } as const;
    const rows = await store.list(query);
    if (rows.length > 0) return {};
    return (await store.embedded()).length > 0 ? {} : 'nothing';
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}
