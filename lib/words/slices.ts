import { realTimers } from '../real-timers.js';

/** Items that long calls are worked on with in one turn of the event loop, all calls together. */
export const SLICE = 2000;
/** Calls of so few items go at once. */
const FEW = 100;

interface Waiting {
  items: number;
  goOn: () => void;
}

let taken = 0;
let renewed = true;
const waiting: Waiting[] = [];

/**
 * To be awaited before some items of a long call are worked on: undefined if it is their turn already, else
 * a promise of a later turn of the event loop. So no call keeps the process from what else there is to do,
 * and neither do many calls at once.
 */
export function slice(items: number): Promise<void> | undefined {
  if (items <= FEW) return undefined;
  if (waiting.length === 0 && fits(items)) {
    take(items);
    return undefined;
  }
  return new Promise((goOn) => waiting.push({ items, goOn }));
}

/** Works on items one after the other, in slices. */
export async function inSlices<Item>(
  items: readonly Item[],
  work: (item: Item, place: number) => void,
): Promise<void> {
  for (let from = 0; from < items.length; from += SLICE) {
    const part = items.length <= SLICE ? items : items.slice(from, from + SLICE);
    await slice(part.length);
    part.forEach((item, index) => work(item, from + index));
  }
}

const fits = (items: number): boolean => taken === 0 || taken + items <= SLICE;

function take(items: number): void {
  taken += items;
  if (!renewed) return;
  renewed = false;
  realTimers.immediate(renew);
}

function renew(): void {
  taken = 0;
  renewed = true;
  for (let next = waiting[0]; next !== undefined && fits(next.items); next = waiting[0]) {
    waiting.shift();
    take(next.items);
    next.goOn();
  }
}
