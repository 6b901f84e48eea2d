import type { Look } from '../../cache/counter-cache.js';
import { groupsOf, placesOf } from './asked.js';
import { Turn } from './turn.js';

interface AskedLook {
  names: readonly string[];
  resolve: (look: Look | Promise<Look>) => void;
}
type LookAt = (partition: number, names: readonly string[]) => Promise<Look>;

/**
 * Looks at partitions, one call for all who ask for one in a turn of the event loop. Who fails, fails alone: a partition that does
 * not answer keeps no reader of another one waiting.
 *
 * A look begins after all who share it have asked for it, so it shows each of them what was acknowledged before.
 */
export class GatheredLooks {
  private waiting = new Map<number, AskedLook[]>();
  private readonly turn = new Turn(() => this.leave());

  /** `most`: names in a look. */
  constructor(
    private readonly lookAt: LookAt,
    private readonly most: number,
  ) {}

  look(partition: number, names: readonly string[]): Promise<Look> {
    return new Promise((resolve) => {
      const asked = this.waiting.get(partition);
      if (asked === undefined) this.waiting.set(partition, [{ names, resolve }]);
      else asked.push({ names, resolve });
      this.turn.join();
    });
  }

  private leave(): void {
    const { waiting } = this;
    this.waiting = new Map();
    for (const [partition, asked] of waiting) {
      for (const group of groupsOf(asked, this.most)) this.lookFor(partition, group);
    }
  }

  private lookFor(partition: number, group: readonly [AskedLook, ...AskedLook[]]): void {
    const [first] = group;
    if (group.length === 1) {
      first.resolve(this.turn.make(() => this.lookAt(partition, first.names)));
      return;
    }
    const places = placesOf(group);
    const look = this.turn.make(() => this.lookAt(partition, [...places.keys()]));
    for (const { names, resolve } of group) {
      const partsOf = ({ parts, ...partition }: Look): Look => ({
        ...partition,
        parts: names.map((name) => parts[places.get(name) ?? -1] ?? {}),
      });
      resolve(look.then(partsOf));
    }
  }
}
