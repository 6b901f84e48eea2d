import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  COUNTER_CACHE,
  type CounterCache,
  type CounterEventMap,
  CounterOverflowError,
  InvalidArgumentError,
  OutcomeUnknownError,
  ParkedCounts,
} from '../../lib/index.js';
import { MODES, startApplication } from '../support/application.js';
import { INT64_MAX } from '../support/int64.js';
import { useApplication } from '../support/use-application.js';

type Change = CounterEventMap['changed'][0];

const byOperationAndName = (one: Change, other: Change): number =>
  one.operation.localeCompare(other.operation) || one.name.localeCompare(other.name);

describe.each(MODES)('the event changed, %s', (mode) => {
  const started = useApplication({ mode, updateInterval: 3_600_000 });

  /** What is told from now on. */
  function told({ events } = started()): Change[] {
    const changes: Change[] = [];
    const note = (change: Change): void => void changes.push(change);
    events.on('changed', note);
    onTestFinished(() => void events.off('changed', note));
    return changes;
  }

  test('tells who set, reset or deleted what, and the totals around it', async () => {
    const { counters } = started();
    await counters.incr('a', 5);
    const changes = told();
    const note = { by: 'ann', reason: 'inventory' };
    await counters.set('a', 9n, note);
    // beside increments: each change has the totals of its moment
    await Promise.all([counters.incr('a'), counters.set('a', 20), counters.incr('a', 3)]);
    await counters.flush();
    expect(await counters.reset('a', { ...note, bigint: true })).toBe(23n);
    await counters.setMany(
      [
        { name: 'a', value: -1 },
        { name: 'b', value: 2n ** 60n },
      ],
      {
        by: 'bob',
      },
    );
    await counters.delete(['a', 'b', 'never'], { reason: 'gone' });
    // counters of several partitions are told of as each partition answers
    const several = changes.splice(3).sort(byOperationAndName);
    expect([...changes, ...several]).toEqual([
      { name: 'a', operation: 'set', before: 5n, after: 9n, ...note },
      { name: 'a', operation: 'set', before: 10n, after: 20n },
      { name: 'a', operation: 'reset', before: 23n, after: 0n, ...note },
      ...[
        ['a', -1n],
        ['b', 2n ** 60n],
        ['never', 0n],
      ].map(([name, before]) => {
        return { name, operation: 'delete', before, after: 0n, reason: 'gone' };
      }),
      { name: 'a', operation: 'set', before: 0n, after: -1n, by: 'bob' },
      { name: 'b', operation: 'set', before: 0n, after: 2n ** 60n, by: 'bob' },
    ]);
  });

  test('tells what reconcile() corrected, and nothing of a dry run', async () => {
    const { counters } = started();
    await counters.incrMany([
      { name: 'right', delta: 2 },
      { name: 'wrong', delta: 3 },
    ]);
    const changes = told();
    const truth = () => new Map([...['right', 'wrong'].map((name) => [name, 2] as const)]);
    const options = { names: ['right', 'wrong'], truth, by: 'nightly' };
    await counters.reconcile({ ...options, dryRun: true });
    await counters.reconcile({ ...options, reason: 'drift' });
    const note = { by: 'nightly', reason: 'drift' };
    expect(changes).toEqual([
      { name: 'wrong', operation: 'correct', before: 3n, after: 2n, ...note },
    ]);
  });

  test('tells which parked counts were replayed and discarded', async () => {
    const { app, counters } = started();
    const parked = app.get(ParkedCounts);
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    await counters.flush();
    await counters.incr('parked', 4, { windows: ['day'] });
    for (let partition = 0; partition < 5; partition++) {
      const { fence = 0 } = await cache.sweep(partition);
      await cache.park(partition, undefined, fence + 1, 'parked');
    }
    const changes = told();
    const [{ id } = { id: '' }] = await parked.list();
    const entries: Change[] = [];
    const note = { by: 'ann', reason: 'incident 7' };
    for await (const entry of parked.entries(id)) {
      entries.push({ ...entry, operation: 'replay', ...note });
    }
    await parked.replay(id, ['another'], note);
    expect(changes).toEqual([]);
    await parked.replay(id, undefined, note);
    expect(changes).toEqual(entries);
    expect(changes.map(({ delta, window }) => [delta, window])).toEqual(
      expect.arrayContaining([
        [4n, undefined],
        [4n, 'day'],
      ]),
    );
    await counters.flush();
    await counters.incr('parked', 6);
    for (let partition = 0; partition < 5; partition++) {
      const { fence = 0 } = await cache.sweep(partition);
      await cache.park(partition, undefined, fence + 1, 'parked');
    }
    const [again] = await parked.list();
    await parked.discard(again?.id ?? '', undefined, { by: 'bob' });
    expect(changes.slice(entries.length)).toEqual([
      { name: 'parked', operation: 'discard', delta: 6n, by: 'bob' },
    ]);
  });

  test('tells nothing of what was refused', async () => {
    const { counters } = started();
    await counters.set('full', -INT64_MAX);
    await counters.flush();
    const changes = told();
    await expect(counters.set('full', INT64_MAX)).rejects.toThrow(CounterOverflowError);
    for (const options of [{ by: '' }, { reason: 'x'.repeat(1001) }, { by: 7 }, { who: 'ann' }]) {
      const given = options as object;
      await expect(counters.set('full', 1, given)).rejects.toThrow(InvalidArgumentError);
      await expect(counters.reset('full', given)).rejects.toThrow(InvalidArgumentError);
      await expect(counters.delete('full', given)).rejects.toThrow(InvalidArgumentError);
      await expect(counters.setMany([], given)).rejects.toThrow(InvalidArgumentError);
      const reconciling = { names: [], truth: () => new Map(), ...given };
      await expect(counters.reconcile(reconciling)).rejects.toThrow(InvalidArgumentError);
      const parked = started().app.get(ParkedCounts);
      await expect(parked.replay('0/a', [], given)).rejects.toThrow(/by|reason|who/);
      await expect(parked.discard('0/a', [], given)).rejects.toThrow(/by|reason|who/);
    }
    expect(changes).toEqual([]);
    expect(await counters.getCount('full', { bigint: true })).toBe(-INT64_MAX);
  });

  test('a listener that throws changes nothing', async () => {
    const { counters, events } = started();
    events.once('changed', () => {
      throw new Error('the audit trail is full');
    });
    await counters.set('kept', 7, { by: 'ann' });
    expect(await counters.getCount('kept')).toBe(7);
  });

  test('tells what happened later, where the caller was told of a delay', async () => {
    const impatient = await startApplication({ mode, acknowledgeTimeout: 3000 });
    onTestFinished(() => impatient.close());
    const { app, counters } = impatient;
    await counters.set('late', 3);
    await counters.incr('drifted', 5);
    const cache = app.get<CounterCache>(COUNTER_CACHE);
    const add = cache.add.bind(cache);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const spy = vi.spyOn(cache, 'add').mockImplementation(async (...call) => {
      await gate;
      return add(...call);
    });
    onTestFinished(() => spy.mockRestore());
    const changes = told(impatient);
    const truth = () => new Map([['drifted', 6]]);
    const waiting = [
      counters.set('late', 8, { by: 'ann' }),
      counters.reconcile({ names: ['drifted'], truth, by: 'ann' }),
    ];
    for (const each of waiting) await expect(each).rejects.toThrow(OutcomeUnknownError);
    expect(changes).toEqual([]);
    open();
    await expect
      .poll(() => changes.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
      .toEqual([
        { name: 'drifted', operation: 'correct', before: 5n, after: 6n, by: 'ann' },
        { name: 'late', operation: 'set', before: 3n, after: 8n, by: 'ann' },
      ]);
  });
});
