import type { CacheSource } from '../cache-source.js';
import { DEFAULT_TIMINGS } from '../cache-timings.js';
import { ScriptClient } from './clients/script-client.js';
import { fieldsOf } from './fitness/inspect-server.js';
import { PartitionScripts } from './partition-scripts.js';

/** What INFO says of the server of partition 0, by a connection of its own. Asks by the script that the start of a process runs. */
export class ServerInfo {
  private readonly client: ScriptClient;
  private readonly scripts: PartitionScripts;

  constructor(
    source: CacheSource & { kind: 'redis' },
    { namespace, commandTimeout }: { namespace: string; commandTimeout: number },
  ) {
    this.client = new ScriptClient(() => source.connect(), commandTimeout);
    const settings = { queues: 1, timeZone: 'UTC' };
    this.scripts = new PartitionScripts(this.client, {
      ...{ namespace, settings, timings: DEFAULT_TIMINGS },
    });
  }

  /** Fields by name; none where this user may not ask. */
  async ask(): Promise<ReadonlyMap<string, string>> {
    return fieldsOf(String(await this.scripts.run('inspect', 0, [])));
  }

  close(): void {
    this.client.close();
  }
}
