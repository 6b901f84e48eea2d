import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { post } from '../support/processes/requests.js';
import { createWorld } from '../support/processes/world.js';

const PROCESSES = 4;
const EACH = 40;
const LIMITS = { wide: 100n, narrow: 61n };

test('four processes take from two quotas: no more than there is, and nothing for what is refused', async () => {
  const world = await createWorld();
  const processes = await Promise.all(
    Array.from({ length: PROCESSES }, () => world.start({ http: 'forced', updateInterval: 0 })),
  );
  const [first] = processes;
  const used = async () => {
    const [wide = 0n] = (await first?.getCounts(['quota.wide'])) ?? [];
    const [narrow = 0n] = (await first?.getCounts(['quota.narrow'])) ?? [];
    return { wide, narrow };
  };

  const storm = { over: false };
  const seen: { wide: bigint; narrow: bigint }[] = [];
  const watching = (async () => {
    while (!storm.over) seen.push(await used());
  })();
  const agent = new Agent({ keepAlive: true, maxSockets: 80 });
  const answers = await Promise.all(
    processes.flatMap(({ url }) =>
      ['mostlyWide', 'mostlyNarrow'].flatMap((route) =>
        Array.from({ length: EACH }, async () => ({
          route,
          status: await post(`${url}/${route}`, agent),
        })),
      ),
    ),
  );
  storm.over = true;
  await watching;
  // one after the other, no call is in the way of another
  for (const route of ['mostlyWide', 'mostlyNarrow']) {
    for (let status = 204; status === 204;) {
      status = await post(`${first?.url ?? ''}/${route}`, agent);
      answers.push({ route, status });
    }
  }
  agent.destroy();

  const allowed = (of: string) =>
    answers.filter(({ route, status }) => route === of && status === 204).length;
  const [mostlyWide, mostlyNarrow] = [allowed('mostlyWide'), allowed('mostlyNarrow')];
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(
    answers.length - mostlyWide - mostlyNarrow,
  );
  expect(mostlyWide + mostlyNarrow).toBeGreaterThan(0);
  // refused calls have given back before they were answered, so there is nothing to wait for
  const taken = {
    wide: BigInt(3 * mostlyWide + mostlyNarrow),
    narrow: BigInt(mostlyWide + 2 * mostlyNarrow),
  };
  expect(await used()).toEqual(taken);
  expect(seen.length).toBeGreaterThan(0);
  for (const each of [...seen, taken]) {
    expect(each.wide).toBeLessThanOrEqual(LIMITS.wide);
    expect(each.narrow).toBeLessThanOrEqual(LIMITS.narrow);
  }
  // what is left is too little for either route
  const left = { wide: LIMITS.wide - taken.wide, narrow: LIMITS.narrow - taken.narrow };
  expect(left.wide < 3n || left.narrow < 1n).toBe(true);
  expect(left.wide < 1n || left.narrow < 2n).toBe(true);
  await first?.flush();
  expect(await world.row('quota.wide')).toBe(taken.wide);
  const [month] = await world.query<{ value: string }>(
    `SELECT value FROM fast_counter_bucket WHERE namespace = $1 AND name = 'quota.narrow'`,
    [world.namespace],
  );
  expect(month?.value).toBe(String(taken.narrow));
});

test('a process that is killed between a take and its threshold leaves that to the next call, which tells it once', async () => {
  const world = await createWorld();
  const [survivor, killed] = await Promise.all([
    world.start(),
    world.start({ workers: false, signalAt: { point: 'after add' } }),
  ]);
  const quota = { limit: 10, window: 'month', thresholds: [0.5] } as const;
  const crossed = 'exports.crossed{threshold}0.5';
  // so that the take of the other process is one step
  await survivor.consume('exports', { ...quota, delta: 1 });
  await expect(killed.consume('exports', { ...quota, delta: 5 })).rejects.toThrow('SIGKILL');
  expect(await survivor.getCounts(['exports', crossed])).toEqual([6n, 0n]);
  for (const used of [7, 8]) {
    expect(await survivor.consume('exports', quota)).toEqual({ allowed: true, used });
  }
  await expect.poll(() => survivor.getCount(crossed)).toBe(1n);
  const told = world.processes.flatMap((each) => each.reported('quotaCrossed'));
  const month = expect.stringMatching(/-01T00:00:00/) as string;
  const once = { name: 'exports', dimensions: {}, threshold: 0.5, used: '7', limit: '10' };
  expect(told).toEqual([{ ...once, window: 'month', start: month }]);
});
