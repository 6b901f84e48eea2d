import { BUCKET_SEPARATOR } from './bucket-name.js';

/** The partition of a counter and its buckets: the same in every process and every release. */
export type Partitioner = (name: string) => number;

/**
 * `text.charCodeAt(index)` takes five times as long once anything in the process extends `String`, as the client of
 * Redis does: V8 no longer knows by then what a method of a string is. See https://github.com/inikulin/parse5/issues/1348
 */
const charCodeAt = Function.prototype.call.bind(
  // eslint-disable-next-line @typescript-eslint/unbound-method -- bound here
  String.prototype.charCodeAt,
) as (text: string, index: number) => number;

const SEPARATOR_CODE = charCodeAt(BUCKET_SEPARATOR, 0);

/**
 * FNV-1a over the UTF-16 code units: stable, cheap, and even enough over a handful of partitions.
 * See http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function partitioner(partitions: number): Partitioner {
  const rest = 65536 % partitions;
  return (name) => {
    let hash = 0x811c9dc5 | 0;
    for (let i = 0; i < name.length; i++) {
      const code = charCodeAt(name, i);
      if (code === SEPARATOR_CODE) break;
      hash = Math.imul(hash ^ code, 0x01000193);
    }
    // (hash >>> 0) % partitions, in two halves: a number beyond 2^31 takes a division of doubles
    return ((hash >>> 16) * rest + (hash & 0xffff)) % partitions;
  };
}

/** The numbers of all partitions: 0, 1, 2 … */
export const partitionNumbers = (count: number): number[] =>
  Array.from({ length: count }, (_, partition) => partition);

interface PartitionChunk {
  partition: number;
  names: string[];
  /** Where each of the names is among those given. */
  places: number[];
}

/** Names by partition, in chunks of at most `size`. */
export function chunkByPartition(
  names: Iterable<string>,
  partitionOf: Partitioner,
  size: number,
): PartitionChunk[] {
  const chunks: PartitionChunk[] = [];
  const filling: (PartitionChunk | undefined)[] = [];
  let place = 0;
  for (const name of names) {
    const partition = partitionOf(name);
    let chunk = filling[partition];
    if (chunk === undefined || chunk.names.length === size) {
      chunk = { partition, names: [], places: [] };
      filling[partition] = chunk;
      chunks.push(chunk);
    }
    chunk.names.push(name);
    chunk.places.push(place++);
  }
  return chunks;
}
