import type { CacheSource } from '../../cache/cache-source.js';
import { type InfoFields, ServerInfo } from '../../cache/redis/server-info.js';
import { CacheUnavailableError } from '../../errors.js';
import type { Outages } from '../../incidents/outages.js';

/** Where the outage is, beside the partitions. */
const PLACE = 'what Redis says of itself';

interface ServerSettings {
  namespace: string;
  commandTimeout: number;
  queue: { count: number };
}

/**
 * Finds without writing whether Redis takes writes: a process of the application finds that by its increments. A Redis that takes none is
 * an outage of writing.
 */
export class Accepting {
  private readonly info?: ServerInfo;

  constructor(
    source: CacheSource,
    settings: ServerSettings,
    private readonly outages: Outages,
  ) {
    if (source.kind === 'redis') this.info = new ServerInfo(source, settings, settings.queue.count);
  }

  /** Never rejects: a Redis that does not answer is a problem of its own. */
  async look(): Promise<void> {
    const servers = await this.info?.askAll().catch(() => undefined);
    if (servers === undefined) return;
    const reason = whyOneTakesNoWrites(servers);
    if (reason === undefined) this.outages.succeeded('write', PLACE);
    else this.outages.failed('write', PLACE, new CacheUnavailableError(reason));
  }

  close(): void {
    this.info?.close();
  }
}

/** Of the first server that refuses to write; undefined where nothing speaks against any. */
export function whyOneTakesNoWrites(servers: readonly InfoFields[]): string | undefined {
  for (const fields of servers) {
    const reason = whyNoWrites(fields);
    if (reason === undefined) continue;
    return servers.length === 1 ? reason : `On port ${fields.get('tcp_port') ?? '?'}: ${reason}`;
  }
  return undefined;
}

/** Why a Redis of which INFO says this refuses to write. */
function whyNoWrites(fields: InfoFields): string | undefined {
  const number = (field: string): number => Number(fields.get(field) ?? 0);
  const most = number('maxmemory');
  const used = number('used_memory') - number('mem_not_counted_for_evict');
  // of what expires, a policy "volatile-…" has evicted all that there was when Redis answers
  const evictsAll = fields.get('maxmemory_policy')?.startsWith('allkeys') === true;
  if (most > 0 && used > most && !evictsAll) {
    return `Redis is full: it uses ${megabytes(used)} of maxmemory ${megabytes(most)}, and refuses to write`;
  }
  if (fields.get('role') === 'slave') return 'Redis is a replica, which refuses to write';
  if (fields.get('loading') === '1') return 'Redis is loading its data';
  if (fields.get('aof_enabled') === '1' && fields.get('aof_last_write_status') === 'err') {
    return 'Redis cannot write its append-only file, and refuses to write';
  }
  return undefined;
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
