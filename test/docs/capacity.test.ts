import { describe, expect, it, test } from 'vitest';
import { COSTS, SIZES } from '../../bench/capacity/costs.js';
import { capacityOf, type Load } from '../../bench/capacity/formula.js';
import { planOf } from '../../bench/capacity/order.js';
import { capacityParts } from '../../bench/capacity/tables.js';
import { readDocument, tableRows } from './markdown.js';

const load: Load = {
  increments: 2000,
  touched: 3000,
  counters: 1_000_000,
  read: 10_000,
  processes: 4,
  awaited: true,
  gathering: 1,
  nameLength: 20,
  windows: 0,
  windowRows: 0,
  updateInterval: 10_000,
  partitions: 5,
  cluster: false,
};
const need = (change: Partial<Load> = {}) => capacityOf({ ...load, ...change }, COSTS, SIZES);

/** What stands between the marks of this name. */
function part(name: string): string {
  const marked = new RegExp(`<!-- bench:${name} -->(.*?)<!-- /bench -->`, 's');
  const found = marked.exec(readDocument('docs/capacity.md'))?.[1];
  if (found === undefined) throw new Error(`docs/capacity.md has no part "${name}"`);
  return found;
}

test.each([...capacityParts()])(
  'docs/capacity.md has the figures of the formula: %s',
  (name, markdown) => {
    expect(tableRows(part(name))).toEqual(tableRows(markdown));
  },
);

describe('the formula', () => {
  it('writes each counter once in an interval and a tick, and no row more than there are increments', () => {
    expect(need().rowWrites).toBeCloseTo(3000 / 11);
    expect(need({ windows: 2 }).rowWrites).toBeCloseTo(9000 / 11);
    expect(need({ increments: 10 }).rowWrites).toBe(10);
    expect(need({ updateInterval: 0 }).rowWrites).toBe(2000);
  });

  it('has a batch for each partition and interval, as long as a round takes all of its counters', () => {
    expect(need({ touched: 2000 }).batches).toBeCloseTo(5 / 11);
    // 900 counters of each partition, in batches of 500
    expect(need({ touched: 4500 }).batches).toBeCloseTo(10 / 11);
    // beyond that they are spread over the ticks
    expect(need({ touched: 6000 }).batches).toBeCloseTo(5);
    expect(need({ touched: 3 }).batches).toBeCloseTo(3 / 11);
  });

  it('sends a call for each increment where they are rare, and fewer where they come together', () => {
    expect(need({ increments: 1 }).calls).toBeCloseTo(1, 2);
    expect(need({ processes: 4, gathering: 18 }).calls).toBeCloseTo(200);
    expect(need({ awaited: false }).calls).toBeLessThan(4 * 5 * 20);
  });

  it('lets each partition of a cluster have calls of its own', () => {
    const cluster = need({ cluster: true });
    expect(cluster.runs).toBe(cluster.calls);
    expect(cluster.calls).toBeGreaterThan(need().calls);
  });

  it('needs more of everything for more of it', () => {
    const twice = need({ increments: 4000, touched: 6000 });
    const once = need();
    for (const name of Object.keys(once) as (keyof typeof once)[]) {
      expect(twice[name], name).toBeGreaterThanOrEqual(once[name]);
    }
  });
});

describe('an order', () => {
  it('has partitions for all batches that are under way, at half of what they can do', () => {
    const slow = { ...COSTS, fullBatch: 1000 };
    const { need, order } = planOf({ ...load, touched: 44_000 }, slow, SIZES);
    expect(need.underWay).toBeGreaterThan(5);
    expect(order.partitions).toBeGreaterThanOrEqual(2 * need.underWay);
  });

  it('has four partitions for each master of a cluster', () => {
    const { order } = planOf({ ...load, cluster: true, increments: 50_000 }, COSTS, SIZES);
    expect(order.redisServers).toBeGreaterThanOrEqual(3);
    expect(order.partitions).toBeGreaterThanOrEqual(4 * order.redisServers);
  });
});
