import { describe, expect, onTestFinished, test } from 'vitest';
import { MeteringService, ParkedCounts } from '../../lib/index.js';
import { Calendar } from '../../lib/windows/calendar.js';
import { MODES } from '../support/application.js';
import { useApplication } from '../support/use-application.js';

/** What may be given to a call that does not fill the buffer. */
const MOST_NAMES = 100_000;
const LIMIT = 5_000;
/** Of the work of a call that one turn of the event loop may take. */
const MOST_SHARE = 0.4;

/** Names without end; tells how many were read, and whether the reader let go of them. */
function endless() {
  const seen = { read: 0, over: false };
  function* names(): Generator<string> {
    try {
      for (;;) {
        seen.read++;
        // with very many of them the test could not tell, but wait
        if (seen.read > 10 * MOST_NAMES) throw new Error('read without end');
        yield 'name';
      }
    } finally {
      seen.over = true;
    }
  }
  return { seen, names };
}

/** Of a few tries the one that was disturbed least: a turn in which garbage is collected is longer than its work. */
async function leastShare(call: () => Promise<unknown>): Promise<number> {
  let least = 1;
  for (let tries = 0; tries < 5 && least >= MOST_SHARE; tries++) {
    const watched = watchTurns();
    await call();
    least = Math.min(least, watched.longestShare());
  }
  return least;
}

/** Watches the turns of the event loop, until the share of the longest one in all the work is asked for. */
function watchTurns(): { longestShare: () => number } {
  const begun = process.cpuUsage();
  let last = begun;
  let longest = 0;
  const microseconds = ({ user, system }: NodeJS.CpuUsage): number => user + system;
  const turn = (): void => {
    longest = Math.max(longest, microseconds(process.cpuUsage(last)));
    last = process.cpuUsage();
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  onTestFinished(() => clearImmediate(next));
  return {
    longestShare: () => {
      clearImmediate(next);
      return longest / microseconds(process.cpuUsage(begun));
    },
  };
}

describe.each(MODES)('of very many names, %s,', (mode) => {
  const started = useApplication({ mode, maxBufferedNames: LIMIT });

  test.each(['incrMany', 'delete'] as const)(
    '%s() reads no more than the buffer can hold, and one',
    async (method) => {
      const { counters } = started();
      const { seen, names } = endless();
      function* increments(): Generator<{ name: string }> {
        for (const name of names()) yield { name };
      }
      const call =
        method === 'incrMany' ? counters.incrMany(increments()) : counters.delete(names());
      await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(call).rejects.toThrow(`at most ${LIMIT}`);
      expect(seen).toEqual({ read: LIMIT + 1, over: true });
      expect(await counters.getCount('name')).toBe(0);
    },
  );

  test.each(['getCounts', 'flush'] as const)(
    '%s() reads no more than its bound, and one',
    async (method) => {
      const { seen, names } = endless();
      const call = started().counters[method](names());
      await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(call).rejects.toThrow(`at most ${MOST_NAMES}`);
      expect(seen).toEqual({ read: MOST_NAMES + 1, over: true });
    },
  );

  test('increments of one name are as many as of different ones', async () => {
    const { counters } = started();
    const increments = Array.from({ length: LIMIT }, () => ({ name: 'one' }));
    await counters.incrMany(increments);
    expect(await counters.getCount('one')).toBe(LIMIT);
    await expect(counters.incrMany([...increments, { name: 'one' }])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await counters.getCount('one')).toBe(LIMIT);
  });

  test('getCounts() lets the process go on in between, and answers in order', async () => {
    const { counters } = started();
    await counters.incrMany([
      { name: 'n1', delta: 1 },
      { name: 'n30000', delta: 3 },
    ]);
    const names = Array.from({ length: 40_000 }, (_, index) => `n${index}`);
    let counts: number[] = [];
    const share = await leastShare(async () => (counts = await counters.getCounts(names)));
    // checked, read and answered in slices of their own
    expect(share).toBeLessThan(MOST_SHARE);
    expect(counts).toHaveLength(names.length);
    expect([counts[0], counts[1], counts[30_000], counts[39_999]]).toEqual([0, 1, 3, 0]);
  });

  test('flush() lets the process go on in between', async () => {
    const { counters } = started();
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    expect(await leastShare(() => counters.flush(names))).toBeLessThan(MOST_SHARE);
  });

  test('series at once let the process go on in between', async () => {
    const metering = started().app.get(MeteringService);
    const minute = 60_000;
    const to = Date.now();
    const points = 2_000;
    const share = await leastShare(async () => {
      const series = await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          metering.series(`s${index}`, { window: 'minute', from: to - points * minute, to }),
        ),
      );
      for (const one of series) expect(one.length).toBeGreaterThanOrEqual(points);
    });
    // found, read and answered in slices of their own
    expect(share).toBeLessThan(MOST_SHARE);
  });
});

test('parcels are replayed and discarded by a bounded number of names', async () => {
  const { seen, names } = endless();
  const parked = new ParkedCounts({
    cache: { parcels: () => Promise.resolve([{ id: 'p', counters: 1 }]) },
    events: { rejected: () => undefined },
    partitions: 1,
  } as never);
  await expect(parked.replay('0/p', names())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(seen).toEqual({ read: MOST_NAMES + 1, over: true });
});

test('a calendar finds the windows of a series one by one', () => {
  const spans = new Calendar('UTC').spans('minute', 0, Number.MAX_SAFE_INTEGER);
  expect(spans[Symbol.iterator]().next().value).toEqual({ start: 0, end: 60_000 });
});
