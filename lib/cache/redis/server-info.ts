import { partitionNumbers } from '../../words/partitioner.js';
import type { CacheSource } from '../cache-source.js';
import { DEFAULT_TIMINGS } from '../cache-timings.js';
import { ScriptClient } from './clients/script-client.js';
import { fieldsOf } from './fitness/inspect-server.js';
import { PartitionScripts } from './partition-scripts.js';

/** What INFO says, by name; none where this user may not ask. */
export type InfoFields = ReadonlyMap<string, string>;

/** What INFO says of the servers of a namespace, by a connection of its own. Asks by the script that the start of a process runs. */
export class ServerInfo {
  private readonly client: ScriptClient;
  private readonly scripts: PartitionScripts;

  constructor(
    source: CacheSource & { kind: 'redis' },
    { namespace, commandTimeout }: { namespace: string; commandTimeout: number },
    private readonly queues = 1,
  ) {
    this.client = new ScriptClient(() => source.connect(), commandTimeout);
    const settings = { queues, timeZone: 'UTC' };
    this.scripts = new PartitionScripts(this.client, {
      ...{ namespace, settings, timings: DEFAULT_TIMINGS },
    });
  }

  /** Of the server of partition 0. */
  ask(): Promise<InfoFields> {
    return this.askOf(0);
  }

  /** Of each server that has a partition and answers, that of partition 0 first. Rejects where that one does not. */
  async askAll(): Promise<InfoFields[]> {
    const first = await this.ask();
    if (!this.client.findsServers) return [first];
    const others = partitionNumbers(this.queues).slice(1);
    const asked = await Promise.allSettled(others.map((partition) => this.askOf(partition)));
    const found = asked.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const byServer = new Map([first, ...found].map((fields) => [fields.get('run_id'), fields]));
    return [...byServer.values()];
  }

  close(): void {
    this.client.close();
  }

  private async askOf(partition: number): Promise<InfoFields> {
    return fieldsOf(String(await this.scripts.run('inspect', partition, [])));
  }
}
