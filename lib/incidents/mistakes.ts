import { ApplicationError } from './application-error.js';
import { reasonOf } from '../words/quote.js';
import type { Misconfigurations } from './misconfigurations.js';

const WHAT = {
  write: 'Increments are not taken in',
  read: 'Totals cannot be read',
  persist: 'Counts do not get to the database',
  queue: 'Jobs are not sent',
};
type Operations = keyof typeof WHAT;

/**
 * Operations that fail by a mistake of the program, and not because a server is away. Each class is told once as a
 * misconfiguration, until operations succeeded wherever one had failed.
 */
export class Mistakes {
  private readonly open = new Map<Operations, { places: Set<string>; last: unknown }>();

  constructor(private readonly misconfigurations: Pick<Misconfigurations, 'tell' | 'mended'>) {}

  failed(of: Operations, place: string, mistake: unknown): void {
    const found = this.open.get(of);
    if (found !== undefined) {
      found.places.add(place);
      found.last = mistake;
      return;
    }
    this.open.set(of, { places: new Set([place]), last: mistake });
    this.misconfigurations.tell(
      subjectOf(of),
      `${WHAT[of]}, by an error of the program and not of a server: ${reasonOf(mistake)}. ${adviceOn(mistake)}`,
    );
  }

  succeeded(of: Operations, place: string): void {
    const found = this.open.get(of);
    if (found?.places.delete(place) !== true || found.places.size > 0) return;
    this.open.delete(of);
    this.misconfigurations.mended(subjectOf(of));
  }

  /** Undefined where there are none. */
  placesOf(of: Operations): ReadonlySet<string> | undefined {
    return this.open.get(of)?.places;
  }

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  /** The last one of those that have not ended. */
  get last(): unknown {
    return [...this.open.values()].at(-1)?.last;
  }
}

const adviceOn = (mistake: unknown): string =>
  mistake instanceof ApplicationError
    ? 'Mend this function of the application'
    : 'Compare the versions of typeorm, bull, cache-manager and the Redis client with peerDependencies of this package; if they ' +
      'fit, report this as a defect';

const subjectOf = (of: Operations): string => `mistake ${of}`;
