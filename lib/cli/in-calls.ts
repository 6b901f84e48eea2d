/** Calls for all items, with so many at a time: no more of them are held. */
export async function inCalls<Item>(
  items: AsyncIterable<Item>,
  size: number,
  call: (some: readonly Item[]) => Promise<void>,
): Promise<void> {
  let some: Item[] = [];
  for await (const item of items) {
    if (some.push(item) < size) continue;
    await call(some);
    some = [];
  }
  if (some.length > 0) await call(some);
}
