/**
 * Writes one line in `quiet` milliseconds, whatever its text is; the next one says how many were held back. Texts are not told
 * apart: names and words of a server are in them, so that each could be a new one. Where `lasts` says that what the last line told
 * of is over, the next line is about something new, and is written.
 */
export function sparing(
  log: (text: string, detail?: string) => void,
  quiet: number,
  lasts = (): boolean => true,
): (text: string, detail?: string) => void {
  let last = -Infinity;
  let heldBack = 0;
  return (text, detail) => {
    const now = performance.now();
    if (now - last < quiet && lasts()) {
      heldBack++;
      return;
    }
    const line = heldBack === 0 ? text : `${text} (and ${heldBack} more before)`;
    last = now;
    heldBack = 0;
    if (detail === undefined) log(line);
    else log(line, detail);
  };
}

/** The same for each of a few kinds: values that options or the code have, never ones that users or servers make up. */
export function sparingEach(
  log: (text: string, detail?: string) => void,
  quiet: number,
): (kind: string, text: string, detail?: string) => void {
  const kinds = new Map<string, (text: string, detail?: string) => void>();
  return (kind, text, detail) => {
    let write = kinds.get(kind);
    if (write === undefined) kinds.set(kind, (write = sparing(log, quiet)));
    write(text, detail);
  };
}
