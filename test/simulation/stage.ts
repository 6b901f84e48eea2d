import type { Random } from './random.js';
import type { VirtualTime } from './virtual-time.js';
import { CALM, type Weather } from './weather.js';

/** What every part of a run stands on. */
export class Stage {
  /** Faults that happened, by kind. */
  readonly faults = new Map<string, number>();
  /** Readable steps, if the run is to be told. */
  readonly lines: string[] = [];
  redisWeather: Weather = CALM;
  databaseWeather: Weather = CALM;
  queueWeather: Weather = CALM;

  private readonly shortNames = new Map<string, string>();

  constructor(
    readonly time: VirtualTime,
    readonly random: Random,
    private readonly tracing: boolean,
  ) {}

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** Adds a line to the trace; the text is only made when somebody wants it. */
  note(text: () => string): void {
    if (!this.tracing) return;
    const { now, current } = this.time;
    this.lines.push(`${now.toFixed(2).padStart(9)}  ${(current?.name ?? '').padEnd(4)} ${text()}`);
  }

  /** A name for a UUID, the same each time a run is repeated. */
  short(id: string): string {
    let name = this.shortNames.get(id);
    if (name === undefined) {
      name = `#${this.shortNames.size + 1}`;
      this.shortNames.set(id, name);
    }
    return name;
  }
}
