import type { PersistedValues } from '../../database/counter-store.js';
import { groupsOf, placesOf } from './asked.js';
import { Turn } from './turn.js';

interface AskedRows {
  names: readonly string[];
  partitions: readonly number[];
  resolve: (rows: Promise<PersistedValues>) => void;
}
type ReadRows = (
  names: readonly string[],
  partitions: readonly number[],
) => Promise<PersistedValues>;

/**
 * Reads rows, by one statement for all who ask for some in a turn of the event loop. The answer has what others asked for,
 * too. A statement begins after all who share it have looked at the cache.
 */
export class GatheredRows {
  private waiting: AskedRows[] = [];
  private readonly turn = new Turn(() => this.leave());

  /** `most`: names in a statement. */
  constructor(
    private readonly readRows: ReadRows,
    private readonly most: number,
  ) {}

  read(names: readonly string[], partitions: readonly number[]): Promise<PersistedValues> {
    return new Promise((resolve) => {
      this.waiting.push({ names, partitions, resolve });
      this.turn.join();
    });
  }

  private leave(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const group of groupsOf(waiting, this.most)) {
      const [first] = group;
      const isAlone = group.length === 1;
      const names = isAlone ? first.names : [...placesOf(group).keys()];
      const partitions = new Set(group.flatMap((one) => one.partitions));
      const rows = this.turn.make(() => this.readRows(names, [...partitions]));
      for (const { resolve } of group) resolve(rows);
    }
  }
}
