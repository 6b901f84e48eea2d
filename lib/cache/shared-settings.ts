/**
 * Options that must be the same in every process of a namespace: the partition of a counter and the beginning of a window follow
 * from them. A partition remembers the settings that it was set up with.
 */
export interface SharedSettings {
  /** Number of queues: the option `queue.count`. */
  readonly queues: number;
  /** IANA time zone of the windows: the option `windows.timeZone`. */
  readonly timeZone: string;
}

/** As Redis remembers and compares it. */
export const writeSettings = ({ queues, timeZone }: SharedSettings): string =>
  `${queues} ${timeZone}`;

export function readSettings(text: string): SharedSettings {
  const [queues, timeZone = ''] = text.split(' ');
  return { queues: Number(queues), timeZone };
}
