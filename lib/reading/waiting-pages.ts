import type { CounterCache, WaitingNames, WaitingPage } from '../cache/counter-cache.js';

/** What waits to be persisted in a partition, page by page. */
export async function* waitingPages(
  cache: Pick<CounterCache, 'waiting'>,
  partition: number,
  which: WaitingNames,
): AsyncGenerator<WaitingPage> {
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: WaitingPage = await cache.waiting(partition, which, cursor);
    yield page;
    cursor = page.cursor;
  }
}
