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
