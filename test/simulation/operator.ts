import { settle } from './settle.js';
import type { Settings } from './settings.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { World } from './world.js';

/** Of the processes that are there, so many operators work at once. */
const OPERATORS = 2;

/** Where Redis goes back twice, a parcel can come back too, and be replayed again. */
export function isParkingOnce({ losses }: Settings): boolean {
  return losses.filter((loss) => loss === 'rewind').length === 1;
}

/** An operator decides about each parcel of parked counts. */
export function decideParcels(world: World, process: SimulatedProcess): void {
  const { history, stage, settings } = world;
  if (!isParkingOnce(settings)) return;
  const decide = async (): Promise<void> => {
    const { parked } = process.engine;
    for (const { id } of await parked.list()) {
      if (stage.random.chance(0.8)) await parked.replay(id);
      else await parked.discard(id);
    }
  };
  history.record(process, 'replays or discards what is parked', decide);
}

/** Several at once, and everything drains again. */
export async function decideTogether(world: World): Promise<string[]> {
  if (!isParkingOnce(world.settings) || world.stage.random.chance(0.2)) return [];
  for (const process of world.ready.slice(0, OPERATORS)) {
    world.stage.time.after(0, () => decideParcels(world, process), process);
  }
  return settle(world, 1);
}
