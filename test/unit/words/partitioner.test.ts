import { describe, expect, test } from 'vitest';
import { chunkByPartition, partitioner } from '../../../lib/words/partitioner.js';

describe('the partition of a counter', () => {
  // pinned: another partition would take counters away from what is pending
  test.each([
    ['a', 0, 5],
    ['A', 2, 6],
    ['\u00e1', 3, 2],
    ['a:b', 4, 2],
    ['{x}', 4, 4],
    ['__proto__', 2, 3],
    ['views:42', 4, 3],
    ['\u{1f600}', 2, 2],
    ['with space inside', 1, 0],
    ['n'.repeat(191), 0, 6],
  ])('%s is the same in every release', (name, ofFive, ofSeven) => {
    expect([partitioner(5)(name), partitioner(7)(name)]).toEqual([ofFive, ofSeven]);
  });

  test('is within the number of queues', () => {
    for (const queues of [1, 2, 5, 7, 100]) {
      const partitionOf = partitioner(queues);
      for (let index = 0; index < 1000; index++) {
        const partition = partitionOf(`counter-${index}`);
        expect(Number.isInteger(partition) && partition >= 0 && partition < queues).toBe(true);
      }
    }
  });

  test.each([
    ['numbered names', (index: number) => `article:${index}`],
    ['names with a long common end', (index: number) => `${index}:views:of:the:article`],
    ['names of one length', (index: number) => String(100_000 + index)],
    ['emoji', (index: number) => String.fromCodePoint(0x1f300 + (index % 500)) + String(index)],
  ])('is even over %s', (_, name) => {
    const partitionOf = partitioner(5);
    const counts = [0, 0, 0, 0, 0];
    for (let index = 0; index < 10_000; index++) {
      const partition = partitionOf(name(index));
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(1600);
    expect(Math.max(...counts)).toBeLessThan(2400);
  });
});

describe('names by partition', () => {
  const partitionOf = (name: string): number => Number(name[0]);

  test('come in chunks of at most the size, each of one partition and in order', () => {
    expect(chunkByPartition(['0a', '1a', '0b', '0c', '1b', '0d', '0e'], partitionOf, 2)).toEqual([
      { partition: 0, names: ['0a', '0b'], places: [0, 2] },
      { partition: 1, names: ['1a', '1b'], places: [1, 4] },
      { partition: 0, names: ['0c', '0d'], places: [3, 5] },
      { partition: 0, names: ['0e'], places: [6] },
    ]);
  });

  test('are no chunk when there are none', () => {
    expect(chunkByPartition([], partitionOf, 2)).toEqual([]);
  });

  test('keep duplicates', () => {
    expect(chunkByPartition(new Set(['0a']).values(), partitionOf, 2)).toHaveLength(1);
    expect(chunkByPartition(['0a', '0a', '0a'], partitionOf, 2)).toHaveLength(2);
  });
});
