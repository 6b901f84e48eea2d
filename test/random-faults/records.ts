import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RecordLine } from '../support/processes/protocol.js';

export type Invoked = Extract<RecordLine, { kind: 'invoked' }>;
export type Settled = Extract<RecordLine, { kind: 'settled' }>;
export type Read = Extract<RecordLine, { kind: 'read' }>;

/** A group of calls, and what became of it; without an outcome its process was killed before. */
export interface Group {
  invoked: Invoked;
  settled?: Settled;
}

export type Recorded = Group | Read;

/** Every group and every read that the processes wrote down, file after file. */
export async function* readRecords(directory: string): AsyncGenerator<Recorded> {
  for (const file of (await readdir(directory)).filter((name) => name.endsWith('.jsonl'))) {
    yield* readRecord(join(directory, file));
  }
}

async function* readRecord(file: string): AsyncGenerator<Recorded> {
  const open = new Map<number, Invoked>();
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const line = parse(text);
    switch (line?.kind) {
      case 'invoked':
        open.set(line.id, line);
        break;
      case 'settled': {
        const invoked = open.get(line.id);
        if (invoked === undefined) throw new Error(`${file}: nothing was invoked as ${line.id}`);
        open.delete(line.id);
        yield { invoked, settled: line };
        break;
      }
      case 'read':
        yield line;
        break;
      case undefined:
    }
  }
  for (const invoked of open.values()) yield { invoked };
}

/** A killed process may leave half a line: then its write had not returned. */
function parse(text: string): RecordLine | undefined {
  try {
    return JSON.parse(text) as RecordLine;
  } catch {
    return undefined;
  }
}
