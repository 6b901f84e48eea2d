import type {
  Beat,
  Lead,
  NotedRules,
  SeenRules,
  SeenProcess,
  ProcessDetails,
} from '../processes.js';
import { Leading } from './leading.js';
import type { PartitionScripts } from './partition-scripts.js';
import { databaseNotes } from './protocol/database-notes.js';
import { beatArguments } from './protocol/requests.js';
import { parseBeat, parseRules, parseProcesses } from './protocol/worker-replies.js';
import type { ScriptName } from './scripts/scripts.js';

/** The steps that are about the whole namespace: partition 0 remembers what they need. */
export abstract class NamespaceSteps {
  readonly databaseNotes = databaseNotes((args) => this.runForAll('database', args));
  private readonly leading: Leading;

  constructor(protected readonly scripts: PartitionScripts) {
    this.leading = new Leading(scripts);
  }

  lead(process: string, milliseconds: number): Promise<Lead> {
    return this.leading.lead(process, milliseconds);
  }

  async beat(process: string, details?: ProcessDetails, rules?: NotedRules): Promise<Beat> {
    return parseBeat(await this.runForAll('beat', beatArguments(process, details, rules)));
  }

  async processes(): Promise<SeenProcess[]> {
    return parseProcesses(await this.runForAll('workers', []));
  }

  async rules(own: string, remembered: number): Promise<SeenRules[]> {
    return parseRules(await this.runForAll('rules', [own, String(remembered)]));
  }

  async identity(proposed = ''): Promise<string | undefined> {
    const identity = await this.runForAll('identity', [proposed]);
    return identity === '' ? undefined : String(identity);
  }

  private runForAll(script: ScriptName, args: string[]): Promise<unknown> {
    return this.scripts.run(script, 0, args);
  }
}
