import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * What a process does to counters, line by line in a file of its own. Each line is one write, and is
 * there before `writeSync` returns: a process that is killed leaves every invocation, and every
 * outcome that it knew but perhaps the last.
 *
 * @param {string} file
 */
export function openRecord(file) {
  const descriptor = openSync(file, 'a');
  let last = 0;
  const write = (line) => void writeSync(descriptor, `${JSON.stringify(line)}\n`);

  return {
    /** Before the calls are made. */
    invoked(operations) {
      const id = ++last;
      write({ kind: 'invoked', id, at: now(), operations });
      return id;
    },
    settled(id, outcome) {
      write({ kind: 'settled', id, at: now(), ...outcome });
    },
    read(begun, names, values) {
      write({ kind: 'read', begun, at: now(), names, values: values.map(String) });
    },
    close: () => closeSync(descriptor),
  };
}

/** Microseconds on the clock that the processes of a machine share. */
export const now = () => Number(process.hrtime.bigint() / 1000n);
