import type { CountingProcess } from '../support/processes/counting-process.js';
import type { Billed } from '../support/processes/protocol.js';
import type { World } from '../support/processes/world.js';
import type { Round } from './acts.js';
import { TIME_ZONE } from './calendar.js';

type Started = Parameters<World['start']>[0];

/** The processes that run at the time, and those that ran before. */
export class Fleet {
  processes: CountingProcess[] = [];
  /** Of the fleet, by its clock. */
  now: number;

  constructor(
    private readonly world: World,
    start: number,
    private program: string | undefined,
  ) {
    this.now = start;
  }

  /** From now on processes are of another build. */
  deploy(program: string): void {
    this.program = program;
  }

  start(options: Started = {}): Promise<CountingProcess> {
    return this.world.start({
      clock: this.now - Date.now(),
      // what waits is seen by readers, and not persisted yet
      updateInterval: 2000,
      // however long a server is away
      acknowledgeTimeout: 60_000,
      windows: {
        ...{ timeZone: TIME_ZONE, late: 'next' },
        counters: [{ prefix: 'messages', windows: ['day', 'month'] }],
      },
      program: this.program,
      ...options,
    });
  }

  async grow(count: number): Promise<void> {
    const started = await Promise.all(Array.from({ length: count }, () => this.start()));
    this.processes = [...this.processes, ...started];
  }

  /** Ends a process in order: what it holds is delivered. */
  async end(process: CountingProcess): Promise<void> {
    this.processes = this.processes.filter((it) => it !== process);
    const ended = await process.close();
    if (ended.code !== 0)
      throw new Error(`a process ended with ${String(ended.code)}: ${process.output}`);
  }

  /** Sets the clocks of all processes, and has each of them do its part of a round. */
  async run({ at, operations }: Round): Promise<Billed[]> {
    this.now = at;
    const answers: Billed[] = [];
    const asked = new Set([...this.processes, ...operations.map(({ by }) => by)]);
    const parts = Array.from(asked, async (process) => {
      const places = [...operations.keys()].filter((i) => operations[i]?.by === process);
      const acts = places.flatMap((i) => operations[i]?.act ?? []);
      const given = await process.bill(at, acts);
      for (const [i, place] of places.entries()) answers[place] = given[i] ?? {};
    });
    await Promise.all(parts);
    return answers;
  }

  /** One that is asked for what all of them know. */
  get any(): CountingProcess {
    const [first] = this.processes;
    if (first === undefined) throw new Error('No process runs');
    return first;
  }

  /** What any process told, since the beginning. */
  told(event: string): Record<string, unknown>[] {
    return this.world.processes.flatMap((process) => process.reported(event));
  }
}
