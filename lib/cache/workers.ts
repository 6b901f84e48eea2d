/** What a process that persists says of itself. */
export interface WorkerDetails {
  host: string;
  pid: number;
  /** Of this package. */
  version: string;
}

/** When it was seen by the clock of the store, and how many milliseconds ago: negative when that clock was put back. */
export interface SeenWorker extends WorkerDetails {
  seenAt: Date;
  age: number;
}

/** A process that is not seen for so many milliseconds is forgotten, once another one is seen. */
export const REMEMBERED = 600_000;

export const writeDetails = ({ host, pid, version }: WorkerDetails): string =>
  JSON.stringify([host, pid, version]);

/** Undefined for what no version of this package wrote. */
export function readDetails(text: string): WorkerDetails | undefined {
  try {
    const [host, pid, version] = JSON.parse(text) as unknown[];
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof version !== 'string') return;
    return { host, pid, version };
  } catch {
    return undefined;
  }
}
