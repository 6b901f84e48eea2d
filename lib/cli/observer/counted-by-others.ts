import type { Outbox } from '../../database/outbox/outbox.js';
import { CacheUnavailableError } from '../../errors.js';
import { pause } from '../../words/back-off.js';

/** Milliseconds between two looks. */
const LOOK = 250;
/** Milliseconds for which they are waited for: a process that counts does so within a tenth of a second. */
const PATIENCE = 10_000;

/**
 * Resolves when processes of the application have counted what transactions had committed before. This process counts no row: it does not know
 * the options of the application, such as the windows of a counter.
 */
export async function countedByOthers(outbox: Outbox): Promise<void> {
  if (!(await outbox.exists())) return;
  const since = Date.now();
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const { oldest } = await outbox.state();
    if (oldest === undefined || oldest.getTime() > since) return;
    if (performance.now() > deadline) {
      throw new CacheUnavailableError(
        `Increments of transactions of ${oldest.toISOString()} are not counted yet: see that a process with workers runs, then try again`,
        { mayHaveRun: false },
      );
    }
    await pause(LOOK);
  }
}
