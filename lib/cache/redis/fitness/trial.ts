import { CacheUnavailableError } from '../../../errors.js';
import type { CounterCache, Operation, StoreProblem } from '../../counter-cache.js';
import { refusalOf } from './refusal.js';

/** Steps of a partition; what else a cache does is about all of them. */
type Steps = Omit<CounterCache, 'inspect' | 'close'>;

const operation = (name: string, more: Partial<Operation> = {}): Operation => ({
  ...{ kind: 'add', name, value: '1', interval: 0, total: false },
  ...more,
});

const HOUR = '2026-01-01T00';

/** Answers what the server refuses for good; rejects when it does not answer, or not now. */
export async function findRefusal(look: () => Promise<StoreProblem[]>): Promise<StoreProblem[]> {
  try {
    return await look();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return [{ kind: 'unusable', message: refusal }];
  }
}

/** Takes each step in partitions that are for trials alone, and leaves nothing there. */
export async function takeStepsIn(
  cache: Steps,
  partitions: readonly number[],
  clear: (partition: number) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    partitions.map(async (partition) => {
      await clear(partition);
      await takeEachStep(cache, partition).finally(() => clear(partition));
    }),
  );
}

/**
 * Takes each step of the protocol once, so that every script runs on what it is for: then the server knows all commands,
 * and this user may run them. The partition is one for trials alone. Another process may try at the same time: what the
 * steps answer does not matter.
 */
async function takeEachStep(cache: Steps, partition: number): Promise<void> {
  try {
    await takeSteps(cache, partition);
  } catch (error) {
    // what one trial does may make no sense to another one at the same time: that says nothing about the server
    if (refusalOf(error) !== undefined || !isScriptError(error)) throw error;
  }
}

const isScriptError = (error: unknown): boolean =>
  error instanceof CacheUnavailableError &&
  error.cause instanceof Error &&
  error.cause.message.startsWith('ERR ');

async function takeSteps(cache: Steps, partition: number): Promise<void> {
  const generation = (await cache.reserve(partition, { seq: 0, nonce: '' }, 'trial')) ?? '';
  await cache.seed(partition, generation);
  await cache.reported(partition, generation);
  const { fence = 0 } = await cache.look(partition, ['a']);
  const values = new Map(['a', 'b', 'c'].map((name) => [name, '0']));
  await cache.fill(partition, { fence, generation, ledgerSeq: fence, values });
  await cache.refresh(partition, ['z']);
  const sender = { client: 'trial', generation };
  const runs = [operation('x'), operation('y')];
  await cache.add(partition, { ...sender, seq: 1, operations: runs, distinct: true });
  const operations = [
    operation('a', { idempotencyKey: 'trial', buckets: [HOUR] }),
    operation('a', { total: true, bounds: { min: '0', max: '5' } }),
    operation('a', { once: { key: 'trial', within: 0 }, buckets: [HOUR] }),
    operation('a', { kind: 'undo', once: { key: 'trial' } }),
    operation('b', { kind: 'set', interval: 1000 }),
    operation('c', { kind: 'delete', buckets: [HOUR] }),
  ];
  await cache.add(partition, { ...sender, seq: 2, operations });
  const { mark } = await cache.hasten(partition);
  await cache.flushProgress(partition, mark, ['a']);
  await cache.wake(partition);
  await cache.waiting(partition, { prefix: '' });
  const former = { names: ['z'], until: Number.MAX_SAFE_INTEGER };
  await cache.move(partition, { counter: 'a', to: 'z', lasting: 1000, former, names: ['a'] });
  await cache.knownKey(partition, ['a'], {
    once: { key: 'trial' },
    taken: { from: 'z', by: 'trial' },
  });
  await cache.askedFor(partition);
  await persistOnce(cache, partition);
  const last = [operation('a'), operation('d')];
  await cache.add(partition, { ...sender, seq: 3, operations: last });
  await cache.retire(partition, sender.client);
  // forgets it
  await cache.sweep(partition);
  await cache.lead('trial', 1000);
  await cache.beat('trial');
  await cache.processes();
  await cache.rules('', 0);
  await parkOnce(cache, partition, fence + 100);
}

async function persistOnce(cache: Steps, partition: number): Promise<void> {
  const claimed = await cache.claim(partition, { limit: 500, nonce: 'trial', holder: 'trial' });
  if (claimed.status !== 'batch') return;
  const { nonce } = claimed.batch;
  await cache.hold(partition, { nonce, holder: 'trial' }, 1000);
  const refused = [{ names: ['y'], error: 'trial' }];
  const values = new Map([['a', '2']]);
  await cache.acknowledge(partition, { nonce, values, leftOut: ['x'], refused });
}

async function parkOnce(cache: Steps, partition: number, ledgerSeq: number): Promise<void> {
  await cache.claim(partition, { limit: 1, nonce: 'trial', holder: 'trial' });
  await cache.park(partition, undefined, ledgerSeq, 'trial');
  for (const { id } of await cache.parcels(partition)) {
    const { entries } = await cache.openParcel(partition, id);
    const [first, ...others] = entries;
    if (first !== undefined) await cache.replay(partition, id, [first]);
    if (others.length > 0) await cache.discard(partition, id, others);
  }
}
