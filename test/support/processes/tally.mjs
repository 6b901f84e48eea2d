import { createClient } from '@keyv/redis';

/**
 * What was sent, acknowledged and refused by counter, in a Redis that no test harms: what a process
 * wrote down stays when it is killed.
 *
 * @param {import('./protocol.js').TallyAddress} address
 */
export async function connectTally({ url, key }) {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();

  return {
    async add(kind, names, count) {
      if (count === 0) return;
      await Promise.all(names.map((name) => client.hIncrBy(`${key}::${kind}`, name, count)));
    },
    async read(kind, names) {
      const values = await client.hmGet(`${key}::${kind}`, names);
      return values.map((value) => BigInt(value ?? 0));
    },
    close: () => client.destroy(),
  };
}
