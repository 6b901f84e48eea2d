import { createClient } from '@keyv/redis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { noBases } from '../../lib/cache/memory/state/bases.js';
import type { MemoryCounterCache } from '../../lib/cache/memory/memory-counter-cache.js';
import type { MemoryStates } from '../../lib/cache/memory/state/memory-states.js';
import { MeteringService } from '../../lib/index.js';
import { COUNTER_CACHE } from '../../lib/module/tokens.js';
import { type Application, type Mode, MODES, startApplication } from '../support/application.js';
import { numbersOf, SequentialCounter } from './sequence.js';

const PARTITIONS = 5;
const SEQUENCES = 40;
const CALLS = 60;
const MONTH = 'month';
const MINUTE = 60_000;

/** Has the cache forget persisted values. */
type Forget = () => Promise<unknown>;

async function forgetter(mode: Mode, application: Application): Promise<[Forget, () => void]> {
  const { app, namespace } = application;
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  if (mode === 'embedded') {
    const cache: MemoryCounterCache = app.get(COUNTER_CACHE);
    const { states } = cache as unknown as { states: MemoryStates };
    const forget = (): Promise<void> => {
      for (const partition of partitions) states.partition(partition).bases = noBases();
      return Promise.resolve();
    };
    return [forget, () => undefined];
  }
  const redis = createClient({ url: inject('redisAdminUrl') });
  await redis.connect();
  const keys = partitions.flatMap((partition) =>
    ['bases', 'older-bases'].map((key) => `fastcounter:{${namespace}:${partition}}::${key}`),
  );
  return [() => redis.del(keys), () => redis.destroy()];
}

describe.each(MODES)('calls of one process to one counter, %s', (mode) => {
  let application: Application;
  let forget: Forget;
  let end: () => void;

  beforeAll(async () => {
    application = await startApplication({ mode, updateInterval: 60_000 });
    [forget, end] = await forgetter(mode, application);
  });
  afterAll(async () => {
    end();
    await application.close();
  });

  test('take effect in their order, awaited or not, whether or not the value is cached', async () => {
    const { counters, app } = application;
    const metering = app.get(MeteringService);
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const random = numbersOf(`${mode} ${sequence}`);
      const names = ['a', 'b', 'c'].map((name) => `${name} ${sequence}`);
      const models = new Map(names.map((name) => [name, new SequentialCounter()]));
      const told: string[] = [];
      const answers: Promise<void>[] = [];
      /** What a call answers, and what the model answered by then. */
      const compare = (call: string, answer: Promise<unknown>, expected: unknown): void => {
        told.push(`${call} → ${String(expected)}`);
        answers.push(
          answer.then((value) => {
            expect(value, `sequence ${sequence}: ${call}\n${told.join('\n')}`).toBe(expected);
          }),
        );
      };
      for (let call = 0; call < CALLS; call++) {
        const name = names[random(names.length)] ?? '';
        const model = models.get(name) ?? new SequentialCounter();
        const delta = 1 + random(9);
        const windowed = random(3) === 0;
        const windows = windowed ? ([MONTH] as const) : undefined;
        const onceKey = `once ${random(3)}`;
        switch (random(12)) {
          case 0: {
            const value = random(100);
            model.set(value);
            compare(`set(${name}, ${value})`, counters.set(name, value), undefined);
            break;
          }
          case 1:
            compare(`reset(${name})`, counters.reset(name), model.set(0));
            break;
          case 2:
            model.delete();
            compare(`delete(${name})`, counters.delete(name), undefined);
            break;
          case 3: {
            const max = random(120);
            const bound = windowed ? ({ max, window: MONTH } as const) : { max };
            const applied = model.tryIncr(delta, max, windowed);
            compare(
              `tryIncr(${name}, ${delta}, ${JSON.stringify(bound)})`,
              counters.tryIncr(name, delta, bound),
              applied,
            );
            break;
          }
          case 4:
          case 5:
            model.incr(delta, undefined, windowed);
            compare(
              `incrAndGet(${name}, ${delta})`,
              counters.incrAndGet(name, delta, { windows }),
              model.value,
            );
            break;
          case 6: {
            // a key stands for one delta
            const key = `key ${random(4)}`;
            const keyed = 1 + key.length;
            model.incr(keyed, key);
            compare(
              `incr(${name}, ${keyed}, ${key})`,
              counters.incr(name, keyed, { idempotencyKey: key }),
              undefined,
            );
            break;
          }
          case 7:
          case 8:
            compare(
              `incrOnce(${name}, ${onceKey}, ${delta})`,
              counters.incrOnce(name, onceKey, { within: MINUTE, delta, windows }),
              model.incrOnce(delta, onceKey, windowed),
            );
            break;
          case 9:
            compare(
              `undoOnce(${name}, ${onceKey})`,
              counters.undoOnce(name, onceKey),
              model.undoOnce(onceKey),
            );
            break;
          default:
            model.incr(delta, undefined, windowed);
            compare(`incr(${name}, ${delta})`, counters.incr(name, delta, { windows }), undefined);
        }
        if (random(8) === 0) await forget();
        if (random(12) === 0) await Promise.all(answers.splice(0));
        if (random(25) === 0) await counters.flush();
      }
      await Promise.all(answers);
      const values = names.map((name) => models.get(name)?.value);
      expect(await counters.getCounts(names), told.join('\n')).toEqual(values);
      for (const name of names) {
        const [point] = await metering.series(name, { window: MONTH, from: new Date() });
        expect(point?.value).toBe(models.get(name)?.window);
      }
    }
    await counters.flush();
    const rows = await Promise.all(['a 0', 'b 0', 'c 0'].map((name) => application.row(name)));
    const totals = await counters.getCounts(['a 0', 'b 0', 'c 0']);
    expect(rows.map((row) => Number(row ?? 0))).toEqual(totals);
  });

  test('as in the smallest cases', async () => {
    const { counters } = application;
    await forget();
    void counters.set('small', 100);
    await counters.incr('small', 5);
    expect(await counters.getCount('small')).toBe(105);

    await counters.incr('smaller', 1);
    await forget();
    const cleared = counters.reset('smaller');
    await counters.incr('smaller', 5);
    expect(await cleared).toBe(1);
    expect(await counters.getCount('smaller')).toBe(5);
  });
});
