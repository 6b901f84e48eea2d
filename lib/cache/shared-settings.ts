/**
 * What every process of a namespace must be told alike: where a counter is, and where a window begins, follows
 * from it. A partition remembers what it was seeded with.
 */
export interface SharedSettings {
  /** Number of queues. */
  readonly queues: number;
  /** Of the windows. */
  readonly timeZone: string;
}

/** As Redis remembers and compares it. */
export const writeSettings = ({ queues, timeZone }: SharedSettings): string =>
  `${queues} ${timeZone}`;

export function readSettings(text: string): SharedSettings {
  const [queues, timeZone = ''] = text.split(' ');
  return { queues: Number(queues), timeZone };
}
