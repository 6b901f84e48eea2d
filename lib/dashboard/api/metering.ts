import { FastCounterError } from '../../errors.js';
import { meteredName, parseMeteredName } from '../../metering/service/dimensions.js';
import { INT64_MAX } from '../../words/int64.js';
import { keysOf } from '../../metering/service/reads/group-query.js';
import type { DashboardQuota } from '../dashboard-quotas.js';
import type { Breakdown, QuotaGroup, QuotaRow } from './answers.js';
import { presentWindow, textOf } from './counters.js';
import { type Query, wrong } from './query.js';
import type { Sources } from './sources.js';

/** Parts that are shown. */
const TOP = 20;
/** Names of one look for metered names. */
const NAMES = 500;
/** Looks of one search. */
const LOOKS = 20;
/** Behind every other character, also of names byte for byte. */
const LAST = '\u{10FFFF}';

/** The page Metering. */
export class MeteringReader {
  constructor(private readonly sources: Sources) {}

  /** Names that have dimensions, with the combinations that are counted. Those behind very many other counters are not found. */
  async names(query: Query): Promise<{ names: { name: string; groups: string[][] }[] }> {
    const prefix = query.text('prefix');
    const found = new Map<string, string[][]>();
    let after: string | undefined;
    for (let look = 0; look < LOOKS; look++) {
      const rows = await this.rows(prefix, after);
      // the counters of one combination follow one another: go on behind them
      const first = rows.find(({ name }) => groupOf(name) !== undefined);
      const group = first && groupOf(first.name);
      if (group === undefined) {
        const last = rows.at(-1);
        if (rows.length < NAMES || last === undefined) break;
        after = last.name;
        continue;
      }
      found.set(group.name, [...(found.get(group.name) ?? []), group.keys]);
      after = `${group.prefix}${LAST}`;
    }
    return { names: Array.from(found, ([name, groups]) => ({ name, groups })) };
  }

  /** A total, and the twenty parts of it that count the most. */
  async breakdown(query: Query): Promise<Breakdown> {
    const { metering } = this.sources;
    const name = query.required('name');
    const groupBy = query.list('groupBy');
    if (groupBy.length === 0) throw wrong('The query needs groupBy');
    const window = query.window();
    const [rows, total] = await Promise.all([
      metering.top({ name, groupBy, window, limit: TOP, bigint: true }),
      window === undefined
        ? metering.total(name, undefined, { bigint: true })
        : metering.sum(name, { window, from: new Date(), bigint: true }),
    ]);
    return { rows, total, window: presentWindow(this.sources, window) };
  }

  async quotas(): Promise<{ quotas: QuotaGroup[] }> {
    return { quotas: await Promise.all(this.sources.quotas.map((quota) => this.group(quota))) };
  }

  private rows(prefix: string, after: string | undefined): Promise<{ name: string }[]> {
    const from = after === undefined ? undefined : { name: after, value: 0 };
    return this.sources.counters.list({ prefix, limit: NAMES, after: from, bigint: true });
  }

  private async group(quota: DashboardQuota): Promise<QuotaGroup> {
    const { name, window, groupBy } = quota;
    const group: QuotaGroup = {
      name,
      window: typeof window === 'object' ? Object.keys(window)[0] : window,
      groupBy: groupBy === undefined ? [] : keysOf(groupBy),
      rows: [],
    };
    try {
      const parts = await this.partsOf(quota);
      const rows = await Promise.all(parts.map((dimensions) => this.row(quota, dimensions)));
      return { ...group, rows };
    } catch (error) {
      if (error instanceof FastCounterError) return { ...group, error: textOf(error) };
      return { ...group, error: `The limit of this quota cannot be told: ${textOf(error)}` };
    }
  }

  /** Whose quotas to show: those who use the most. */
  private async partsOf(quota: DashboardQuota): Promise<Record<string, string>[]> {
    const { name, window, groupBy } = quota;
    if (groupBy === undefined) return [{}];
    const { metering } = this.sources;
    if (window === undefined || typeof window === 'string') {
      const top = await metering.top({ name, groupBy, window, limit: TOP, bigint: true });
      return top.map(({ dimensions }) => dimensions);
    }
    const from = new Date();
    const { parts } = await metering.usage(name, { groupBy, window, from, bigint: true });
    const most = parts.toSorted((one, other) => (one.value < other.value ? 1 : -1));
    return most.slice(0, TOP).map(({ dimensions }) => dimensions);
  }

  private async row(
    { name, limit, window }: DashboardQuota,
    dimensions: Record<string, string>,
  ): Promise<QuotaRow> {
    const most = typeof limit === 'function' ? await limit(dimensions) : limit;
    const whose = Object.keys(dimensions).length === 0 ? undefined : dimensions;
    const state = await this.sources.metering.quota(name, {
      limit: most === Infinity ? INT64_MAX : most,
      window,
      dimensions: whose,
      bigint: true,
    });
    const { used, over, resetsAt } = state;
    return { dimensions, used, over, resetsAt, limit: most === Infinity ? undefined : state.limit };
  }
}

/** The combination of dimensions that a counter is of; undefined where it is of none. */
function groupOf(counter: string): { name: string; keys: string[]; prefix: string } | undefined {
  const { name, dimensions } = parseMeteredName(counter);
  const keys = Object.keys(dimensions);
  if (keys.length === 0) return undefined;
  // a name with braces may be of somebody who does not meter
  const isMetered = keys.every((key) => /^[A-Za-z_][\w.-]{0,63}$/.test(key));
  if (!isMetered || meteredName(name, dimensions) !== counter) return undefined;
  return { name, keys, prefix: counter.slice(0, counter.indexOf('}') + 1) };
}
