import { COSTS, type Costs } from './costs.js';
import type { Load } from './formula.js';

export interface Example {
  title: string;
  load: Omit<Load, 'partitions'>;
  costs: Costs;
}

const usual = {
  awaited: true,
  gathering: 1,
  nameLength: 20,
  windows: 0,
  windowRows: 0,
  updateInterval: 10_000,
  cluster: false,
} as const;

const shop: Example['load'] = {
  ...usual,
  increments: 50,
  touched: 300,
  counters: 100_000,
  read: 5000,
  processes: 2,
};

const site: Example['load'] = {
  ...usual,
  increments: 5000,
  touched: 20_000,
  counters: 2_000_000,
  read: 200_000,
  processes: 8,
};

const metered: Example['load'] = {
  ...usual,
  increments: 20_000,
  touched: 50_000,
  counters: 1_000_000,
  read: 50_000,
  processes: 20,
  awaited: false,
  nameLength: 60,
  windows: 2,
  windowRows: 40_000_000,
};

const hundredMillion: Example['load'] = {
  ...usual,
  increments: 50_000,
  touched: 400_000,
  counters: 100_000_000,
  read: 1_000_000,
  processes: 40,
  nameLength: 30,
  cluster: true,
};

const lingering: Example['load'] = { ...hundredMillion, gathering: 20 };

/** A commit that several servers agree on, and rows that are copied to them: assumed, not measured. */
const distributed: Costs = {
  ...COSTS,
  database: { row: 5 * COSTS.database.row, batch: 5 * COSTS.database.batch },
  fullBatch: 150,
};

/** The worked examples of docs/capacity.md. */
export const EXAMPLES: readonly Example[] = [
  { title: 'a shop', load: shop, costs: COSTS },
  { title: 'a news site', load: site, costs: COSTS },
  { title: 'a metered API', load: metered, costs: COSTS },
];

export const ON_PAPER: readonly Example[] = [
  { title: 'one PostgreSQL', load: hundredMillion, costs: COSTS },
  { title: '… with `linger: 20`', load: lingering, costs: COSTS },
  { title: '… and a distributed PostgreSQL', load: lingering, costs: distributed },
];
