import type { Histogram, Meter, Observable, Tracer } from '@opentelemetry/api';
import type { CounterService } from '../counting/counter.service.js';
import { eventsOf, Source } from './source.js';
import { dotted, HISTOGRAMS, METRICS } from './table.js';
import { traceBatches } from './tracing.js';

/** Options of `registerFastCounterTelemetry()`. @publicApi */
export interface FastCounterTelemetryOptions {
  /**
   * Gets spans of the batches that are sent and persisted.
   *
   * @default none: no spans
   */
  tracer?: Tracer | undefined;
}

interface Instruments {
  observables: readonly Observable[];
  histograms: Record<(typeof HISTOGRAMS)[number]['name'], Histogram>;
}

const instruments = new WeakMap<Meter, Instruments>();

/** Once for each meter: several modules share them. */
function instrumentsOf(meter: Meter): Instruments {
  const made = instruments.get(meter) ?? make(meter);
  instruments.set(meter, made);
  return made;
}

function make(meter: Meter): Instruments {
  const observables = METRICS.map(({ name, kind, help, unit }) => {
    const options = { description: help, ...(unit !== undefined && { unit }) };
    return kind === 'counter'
      ? meter.createObservableCounter(dotted(name), options)
      : meter.createObservableGauge(dotted(name), options);
  });
  const histograms = HISTOGRAMS.map(({ name, help, unit, buckets }) => {
    const advice = { explicitBucketBoundaries: [...buckets] };
    return [
      name,
      meter.createHistogram(dotted(name), { description: help, unit, advice }),
    ] as const;
  });
  return {
    observables,
    histograms: Object.fromEntries(histograms) as Instruments['histograms'],
  };
}

/**
 * Registers the metrics of `docs/monitoring.md` with a meter of OpenTelemetry, and with the option `tracer` its spans; answers what ends
 * that. Several modules of an application may share a meter: the attribute `namespace` tells them apart. Values are read when they are
 * collected, by one `status()` a second at most.
 *
 * @param meter such as `metrics.getMeter('fastcounter')` of the API
 * @param counters of the module that is measured
 * @throws InvalidArgumentError the service is a double
 * @example
 * registerFastCounterTelemetry(metrics.getMeter('fastcounter'), this.counters, { tracer: trace.getTracer('fastcounter') });
 * @publicApi
 */
export function registerFastCounterTelemetry(
  meter: Meter,
  counters: CounterService,
  { tracer }: FastCounterTelemetryOptions = {},
): () => void {
  const events = eventsOf(counters);
  const { namespace } = events;
  const { observables, histograms } = instrumentsOf(meter);
  const { acknowledge_seconds, batch_counters, persist_seconds } = histograms;
  const source = new Source(counters, namespace, events, {
    acknowledged: (seconds) => acknowledge_seconds.record(seconds, { namespace }),
    persisted: (batch, seconds) => {
      batch_counters.record(batch, { namespace });
      persist_seconds.record(seconds, { namespace });
    },
  });
  const collect: Parameters<Meter['addBatchObservableCallback']>[0] = async (result) => {
    const { tallies } = source;
    const status = await source.status();
    METRICS.forEach((metric, index) => {
      const observable = observables[index];
      if (observable === undefined) return;
      for (const [value, labels] of metric.values({ status, tallies })) {
        if (value !== undefined) result.observe(observable, value, { ...labels, namespace });
      }
    });
  };
  meter.addBatchObservableCallback(collect, [...observables]);
  const untrace = tracer === undefined ? undefined : traceBatches(tracer, events);
  return () => {
    meter.removeBatchObservableCallback(collect, [...observables]);
    source.tallies.stop();
    untrace?.();
  };
}
