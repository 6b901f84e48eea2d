import { type Bucket, parseName } from '../../words/bucket-name.js';

/** With the name that the cache has for it. */
export type NamedBucket<Given = unknown> = Given & {
  name: string;
  counter: string;
  bucket: Bucket;
};

export function splitNames<Given extends { name: string }>(
  given: readonly Given[],
): { counters: Given[]; buckets: NamedBucket<Given>[] } {
  const counters: Given[] = [];
  const buckets: NamedBucket<Given>[] = [];
  for (const one of given) {
    const { counter, bucket } = parseName(one.name);
    if (bucket === undefined) counters.push(one);
    else buckets.push({ ...one, counter, bucket });
  }
  return { counters, buckets };
}
