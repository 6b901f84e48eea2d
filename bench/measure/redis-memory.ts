import { createClient } from '@keyv/redis';

export interface WatchedMemory {
  /** Bytes of data now: what the server needs to write its file is not the counters'. */
  used: () => Promise<number>;
  close: () => Promise<void>;
}

/** Of a Redis, as its `INFO memory` has it. */
export async function watchMemory(url: string): Promise<WatchedMemory> {
  const redis = createClient({ url });
  await redis.connect();
  return {
    async used() {
      const info = await redis.info('memory');
      const field = (name: string): number =>
        Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
      return field('used_memory_dataset') - field('mem_aof_buffer');
    },
    close: () => {
      redis.destroy();
      return Promise.resolve();
    },
  };
}

/** Of the keys that match, each by a sample of its fields: what clients take for the moment is not part of it. */
export async function memoryOfKeys(url: string, pattern: string): Promise<WatchedMemory> {
  const redis = createClient({ url });
  await redis.connect();
  return {
    async used() {
      let bytes = 0;
      for await (const keys of redis.scanIterator({ MATCH: pattern, COUNT: 1000 })) {
        const sizes = await Promise.all(keys.map((key) => redis.memoryUsage(key, { SAMPLES: 50 })));
        bytes += sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
      }
      return bytes;
    },
    close: () => {
      redis.destroy();
      return Promise.resolve();
    },
  };
}
