import { RedisMismatchError } from '../../mismatch-errors.js';
import { CacheUnavailableError } from '../../errors.js';
import { PATIENCE } from '../../persisting/neighbours/worker-watch.js';
import type { Opened } from '../observer/open.js';
import { duration } from '../output/times.js';

/** The last line where nothing was meant to be changed. */
export const NOT_MEANT = 'Nothing was changed. To do it, repeat with --yes';

/** Rejects where the servers are perhaps not those of the namespace: nothing is changed then. */
export async function expectServers({ observer, namespace }: Opened): Promise<void> {
  if (namespace.doubt !== undefined) throw new RedisMismatchError(namespace.doubt);
  await observer.expectPair();
}

/** Rejects where nobody would persist what is changed. */
export async function expectWorkers({ observer }: Opened): Promise<void> {
  const processes = await observer.ports.cache.processes();
  if (processes.some(({ persists, age }) => persists && age < PATIENCE)) return;
  throw new CacheUnavailableError(
    `No process with workers was seen for ${duration(PATIENCE)}, and without one nothing gets to the database: start one, and repeat this`,
    { mayHaveRun: false },
  );
}
