import type * as PromClient from 'prom-client';
import type { Counter, Gauge, Histogram, Registry, RegistryContentType } from 'prom-client';
import type { CounterService } from '../counting/counter.service.js';
import { InvalidArgumentError, InvalidOptionsError, quote } from '../errors.js';
import { reasonOf } from '../words/quote.js';
import { eventsOf, Source } from './source.js';
import { HISTOGRAMS, isOfAll, type Metric, METRICS } from './table.js';

type Client = Pick<typeof PromClient, 'Counter' | 'Gauge' | 'Histogram'>;
type Histograms = Record<(typeof HISTOGRAMS)[number]['name'], Histogram>;

/** The metrics in one registry, of any number of modules. */
class Exporter {
  readonly sources = new Map<string, Source>();
  private readonly histograms: Histograms;
  private readonly names: string[];

  constructor(
    client: Client,
    private readonly registry: Registry<RegistryContentType>,
  ) {
    const registers = [registry as Registry];
    const values = METRICS.map((metric) => {
      const name = `fastcounter_${metric.name}${metric.kind === 'counter' ? '_total' : ''}`;
      const shared = {
        name,
        help: metric.help,
        labelNames: ['namespace', ...metric.labels],
        registers,
      };
      const collect = (): Promise<void> => this.collect(metric, made);
      const made: Counter | Gauge =
        metric.kind === 'counter'
          ? new client.Counter({ ...shared, collect })
          : new client.Gauge({ ...shared, collect, aggregator: aggregatorOf(metric) });
      return name;
    });
    const histograms = HISTOGRAMS.map(({ name, help, buckets }) => {
      const shared = { name: `fastcounter_${name}`, help, labelNames: ['namespace'], registers };
      return [name, new client.Histogram({ ...shared, buckets: [...buckets] })] as const;
    });
    this.histograms = Object.fromEntries(histograms) as Histograms;
    this.names = [...values, ...HISTOGRAMS.map(({ name }) => `fastcounter_${name}`)];
  }

  add(counters: CounterService): () => void {
    const events = eventsOf(counters);
    const { namespace } = events;
    if (this.sources.has(namespace)) {
      throw new InvalidArgumentError(
        `The registry has metrics of namespace ${quote(namespace)} already: register each FastCounterModule once`,
      );
    }
    const { acknowledge_seconds, batch_counters, persist_seconds } = this.histograms;
    const source = new Source(counters, namespace, events, {
      acknowledged: (seconds) => acknowledge_seconds.observe({ namespace }, seconds),
      persisted: (batch, seconds) => {
        batch_counters.observe({ namespace }, batch);
        persist_seconds.observe({ namespace }, seconds);
      },
    });
    this.sources.set(namespace, source);
    return () => {
      source.tallies.stop();
      this.sources.delete(namespace);
      if (this.sources.size > 0) return;
      for (const name of this.names) this.registry.removeSingleMetric(name);
      exporters.delete(this.registry);
    };
  }

  /** Shows what is known now, and nothing of before. */
  private async collect(metric: Metric, shown: Counter | Gauge): Promise<void> {
    const sources = [...this.sources.values()];
    const statuses = await Promise.all(sources.map((source) => source.status()));
    shown.reset();
    sources.forEach(({ namespace, tallies }, index) => {
      const status = statuses[index];
      if (status === undefined) return;
      for (const [value, labels] of metric.values({ status, tallies })) {
        if (value !== undefined) shown.inc({ ...labels, namespace }, value);
      }
    });
  }
}

const exporters = new WeakMap<object, Exporter>();

/**
 * Registers the metrics of `docs/monitoring.md` with prom-client 15, and answers what removes them. Several modules of an application
 * register one after the other in one registry, and are told apart by the label `namespace`. Values are read when the registry is
 * scraped, by one `status()` a second at most.
 *
 * @param registry of prom-client, such as its `register`
 * @param counters of the module that is measured
 * @throws InvalidArgumentError the service is a double, or its namespace is in the registry; InvalidOptionsError prom-client is not installed
 * @example
 * await registerFastCounterMetrics(register, this.counters);
 * @publicApi
 */
export async function registerFastCounterMetrics(
  registry: Registry<RegistryContentType>,
  counters: CounterService,
): Promise<() => void> {
  // before prom-client is loaded: a mistake is told at once
  eventsOf(counters);
  const client = await load();
  const exporter = exporters.get(registry) ?? new Exporter(client, registry);
  exporters.set(registry, exporter);
  return exporter.add(counters);
}

async function load(): Promise<Client> {
  try {
    return await import('prom-client');
  } catch (cause) {
    throw new InvalidOptionsError(
      `registerFastCounterMetrics() needs prom-client, which cannot be loaded: ${reasonOf(cause)}. Install it: npm install prom-client@15`,
      { cause },
    );
  }
}

/** How prom-client adds up the processes of a cluster of Node: what is of all of them, each says alike. */
const aggregatorOf = ({ name }: Metric): 'sum' | 'min' | 'max' => {
  if (name === 'up') return 'min';
  return isOfAll(name) ? 'max' : 'sum';
};
