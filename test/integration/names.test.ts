import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  type CounterService,
  InvalidCounterNameError,
} from '../../lib/index.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'a',
  'A',
  'á',
  'a:b',
  'a b',
  '{x}',
  '{',
  '}{',
  '%_\\\'";--',
  '%',
  '_',
  '::',
  'delete:a',
  'seq',
  'nonce',
  '0',
  '-1',
  '1e3',
  'null',
  'ﬀ',
  'Ω',
  '数',
  '👩‍👩‍👧',
  'ß',
  'ẞ',
  'i',
  'ı',
  '\u200b',
  'x'.repeat(191),
  'X'.repeat(191),
  '数'.repeat(191),
  '😀'.repeat(191),
];

const INVALID: [string, unknown][] = [
  ['the empty string', ''],
  ['192 characters', 'x'.repeat(192)],
  ['192 characters outside the basic plane', '😀'.repeat(192)],
  ['a lone high surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00a'],
  ['a leading space', ' a'],
  ['a trailing space', 'a '],
  ['a trailing no-break space', 'a\u00a0'],
  ['a leading byte order mark', '\ufeffa'],
  ['only a space', ' '],
  ['a decomposed accent', 'a\u0301'],
  ['an ångström sign', '\u212b'],
  ['a null character', 'a\0b'],
  ['a line break', 'a\nb'],
  ['a tab', 'a\tb'],
  ['delete, U+007F', 'a\u007fb'],
  ['a C1 control character', 'a\u0085b'],
  ['a number', 7],
  ['null', null],
  ['undefined', undefined],
  ['an object', { toString: () => 'a' }],
  ['an array', ['a']],
];

const VERBS: [string, (counters: CounterService, name: string) => Promise<unknown>][] = [
  ['incr', (counters, name) => counters.incr(name)],
  ['incrMany', (counters, name) => counters.incrMany([{ name: 'valid' }, { name }])],
  ['incrAndGet', (counters, name) => counters.incrAndGet(name)],
  ['getCount', (counters, name) => counters.getCount(name)],
  ['getCounts', (counters, name) => counters.getCounts(['valid', name])],
  ['set', (counters, name) => counters.set(name, 1)],
  ['reset', (counters, name) => counters.reset(name)],
  ['delete', (counters, name) => counters.delete(['valid', name])],
  ['flush', (counters, name) => counters.flush(['valid', name])],
];

describe.each(MODES)('counter names, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: 3_600_000 });

  test('are told apart byte for byte all the way down to the row and back', async () => {
    const { counters, row } = started();
    const values = NAMES.map((_, index) => index + 1);
    await Promise.all(NAMES.map((name, index) => counters.incr(name, values[index])));
    expect(await counters.getCounts(NAMES)).toEqual(values);
    await counters.flush();
    expect(await Promise.all(NAMES.map(row))).toEqual(values.map(BigInt));
    expect(await counters.getCounts(NAMES)).toEqual(values);

    const listed = await counters.list({ limit: 1000 });
    const found = new Map(listed.map(({ name, value }) => [name, value]));
    expect(NAMES.map((name) => found.get(name))).toEqual(values);
    expect(listed).toHaveLength(NAMES.length);
  });

  test('are told apart by every verb', async () => {
    const { counters, row } = started();
    const names = NAMES.slice(0, -4).map((name) => `~${name}`);
    const values = names.map((_, index) => 1000 + index);
    await Promise.all(names.map((name, index) => counters.set(name, values[index] ?? 0)));
    const answers = await Promise.all(names.map((name) => counters.incrAndGet(name)));
    expect(answers).toEqual(values.map((value) => value + 1));
    await Promise.all(
      names.map((name) => counters.incr(name, 1, { idempotencyKey: 'the same for all' })),
    );
    await counters.flush(names);
    expect(await Promise.all(names.map(row))).toEqual(values.map((value) => BigInt(value + 2)));
    expect(await Promise.all(names.map((name) => counters.reset(name)))).toEqual(
      values.map((value) => value + 2),
    );
    await counters.delete(names);
    await counters.flush();
    expect(await Promise.all(names.map(row))).toEqual(names.map(() => undefined));
  });

  describe.each(INVALID)('%s', (_case, name) => {
    test('is refused by every verb before anything is sent', async () => {
      const { app, counters } = started();
      const cache = app.get<CounterCache>(COUNTER_CACHE);
      const spies = (['add', 'look', 'hasten'] as const).map((step) => vi.spyOn(cache, step));
      onTestFinished(() => {
        for (const spy of spies) spy.mockRestore();
      });
      for (const [verb, call] of VERBS) {
        await expect(call(counters, name as string), verb).rejects.toThrow(InvalidCounterNameError);
      }
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
      expect(await counters.getCount('valid')).toBe(0);
    });
  });

  test('the error holds the name and a message of one short line', async () => {
    const { counters } = started();
    const name = `line\n${'x'.repeat(1000)}`;
    const error = await counters.incr(name).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INVALID_COUNTER_NAME', counter: name });
    expect((error as Error).message).not.toContain('\n');
    expect((error as Error).message.length).toBeLessThan(400);
  });
});
