import { isAway } from '../../incidents/is-away.js';
import { reasonOf } from '../../words/quote.js';
import { PATIENCE } from '../../persisting/neighbours/worker-watch.js';
import type { Opened } from '../observer/open.js';
import { plural } from '../output/table.js';
import { duration } from '../output/times.js';
import { type Check, fail, ok, unknown, warn } from './check.js';

/** Whether both servers and the processes are of one namespace. */
export async function namespaceChecks({ observer, namespace }: Opened): Promise<Check[]> {
  const { namespace: name, queue, windows } = observer.options;
  const known = `${name}: ${plural(queue.count, 'queue')}, windows in ${windows.timeZone}`;
  return [
    namespace.doubt === undefined ? ok('namespace', known) : fail('namespace', namespace.doubt),
    await serversCheck(observer),
    await workersCheck(observer),
  ];
}

async function serversCheck(observer: Opened['observer']): Promise<Check> {
  try {
    await observer.expectPair();
    return ok('servers', 'No other Redis and no other database counts this namespace');
  } catch (error) {
    return (isAway(error) ? unknown : fail)('servers', reasonOf(error));
  }
}

async function workersCheck({ ports }: Opened['observer']): Promise<Check> {
  try {
    const living = (await ports.cache.processes()).filter(({ age }) => age < PATIENCE);
    const manned = living.filter(({ persists }) => persists);
    if (manned.length === 0) {
      const next = 'Start a process with workers: one without "workers: false"';
      return fail('workers', `No process with workers was seen for ${duration(PATIENCE)}`, next);
    }
    const versions = [...new Set(living.map(({ version }) => version))].sort();
    const text = `${manned.length} of ${living.length} processes have workers, version ${versions.join(' and ')}`;
    return versions.length > 1
      ? warn('workers', text, 'End the rolling deployment: all processes should have one version')
      : ok('workers', text);
  } catch (error) {
    return unknown('workers', reasonOf(error));
  }
}
