import { context, trace, type Tracer } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  registerFastCounterMetrics,
  registerFastCounterTelemetry,
} from '../../lib/metrics/index.js';
import type { CounterService } from '../../lib/index.js';
import { type Application, startApplication } from '../support/application.js';

let application: Application;
let registry: Registry;
let unregister: () => void;

beforeAll(async () => {
  application = await startApplication({ updateInterval: 100, sweepInterval: 200 });
  registry = new Registry();
  unregister = await registerFastCounterMetrics(registry, application.counters);
});
afterAll(() => application.close());

/** The value of a metric with these labels; undefined where it is not shown. */
async function shown(
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const metrics = await registry.getMetricsAsJSON();
  const found = metrics.find((metric) => metric.name === `fastcounter_${name}`);
  const all = (found?.values ?? []) as {
    value: number;
    labels: Record<string, string>;
    metricName?: string;
  }[];
  return all.find((it) => Object.entries(labels).every(([key, value]) => it.labels[key] === value))
    ?.value;
}

describe('the metrics of prom-client', () => {
  test('count callers by what they were told, batches and what waits', async () => {
    const { counters } = application;
    await Promise.all(Array.from({ length: 50 }, () => counters.incr('views')));
    await counters.incrMany([{ name: 'views' }, { name: 'likes' }]);
    expect(await counters.tryIncr('likes', 5, { max: 2 })).toBe(false);
    await expect(counters.incr('\n')).rejects.toThrow();
    await counters.flush();
    await expect.poll(() => shown('increments_total', { outcome: 'invalid' })).toBe(1);
    expect(await shown('increments_total', { outcome: 'acknowledged' })).toBe(53);
    expect(await shown('increments_total', { outcome: 'refused' })).toBe(0);
    expect(await shown('increments_total', { outcome: 'unknown' })).toBe(0);
    const text = await registry.metrics();
    const { namespace } = application;
    expect(text).toMatch(
      /^fastcounter_batches_total\{partition="\d",result="persisted",namespace="test-\w+"\} [1-9]/m,
    );
    expect(text).toContain(`fastcounter_acknowledge_seconds_count{namespace="${namespace}"}`);
    expect(text).toContain(`fastcounter_persist_seconds_count{namespace="${namespace}"}`);
    expect(await shown('workers')).toBe(1);
    expect(await shown('up', { of: 'redis' })).toBe(1);
    expect(await shown('up', { of: 'persist' })).toBe(1);
    expect(await shown('parked')).toBe(0);
    expect(await shown('buffer_limit')).toBe(100_000);
    expect(await shown('problems', { code: 'FC-OVERDUE', severity: 'high' })).toBe(0);
    await expect
      .poll(() => shown('last_persisted_timestamp_seconds'))
      .toBeGreaterThan(Date.now() / 1000 - 60);
  });

  test('have no name of a counter and no error in a label', async () => {
    await application.counters.incr('tenant:acme');
    expect(await registry.metrics()).not.toMatch(/acme|views/);
    const labels = (await registry.getMetricsAsJSON()).flatMap(({ values }) =>
      (values as { labels: object }[]).flatMap((value) => Object.keys(value.labels)),
    );
    const allowed = ['namespace', 'partition', 'outcome', 'result', 'of', 'kind', 'state', 'code'];
    expect([...new Set(labels)].sort()).toEqual([...allowed, 'severity', 'le'].sort());
  });

  test('read one status a second, however many scrapes there are', async () => {
    const asked = vi.spyOn(application.counters, 'status');
    const begun = performance.now();
    while (performance.now() - begun < 300) {
      await Promise.all([registry.metrics(), registry.metrics(), registry.metrics()]);
    }
    const seconds = (performance.now() - begun) / 1000;
    expect(asked.mock.calls.length).toBeLessThanOrEqual(seconds + 1);
    asked.mockRestore();
  });

  test('show nothing of a server that does not say it now', async () => {
    vi.spyOn(application.counters, 'status').mockResolvedValue({
      ...(await application.counters.status()),
      cache: { answers: false },
      persisting: {},
      partitions: [{ partition: 0 }, { partition: 1 }],
    });
    await expect.poll(() => shown('up', { of: 'redis' })).toBe(0);
    for (const name of ['workers', 'pending', 'overdue_seconds', 'parked', 'jobs']) {
      expect(await shown(name)).toBeUndefined();
    }
    vi.restoreAllMocks();
    await expect.poll(() => shown('pending', { partition: '1' })).toBeGreaterThanOrEqual(0);
  });

  test('are registered once for each namespace, of a real service, and can be removed', async () => {
    const { counters, events } = application;
    await expect(registerFastCounterMetrics(registry, counters)).rejects.toThrow(
      /has metrics of namespace "test-\w+" already/,
    );
    const double = { incr: () => undefined } as unknown as CounterService;
    await expect(registerFastCounterMetrics(registry, double)).rejects.toThrow(/not of /);
    const before = events.listenerCount('persisted');
    const another = new Registry();
    const remove = await registerFastCounterMetrics(another, counters);
    expect(events.listenerCount('persisted')).toBe(before + 1);
    remove();
    expect(events.listenerCount('persisted')).toBe(before);
    expect(await another.metrics()).toBe('\n');
    (await registerFastCounterMetrics(another, counters))();
  });
});

describe('OpenTelemetry', () => {
  test('has the same values under dotted names, with units', async () => {
    const { counters } = application;
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const end = registerFastCounterTelemetry(provider.getMeter('fastcounter'), counters);
    await counters.incr('views');
    await counters.flush();
    await provider.forceFlush();
    const metrics = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? []);
    const byName = new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
    expect(byName.get('fastcounter.increments')).toMatchObject({
      descriptor: { unit: '{increment}' },
      dataPoints: expect.arrayContaining([
        expect.objectContaining({
          value: 1,
          attributes: { outcome: 'acknowledged', namespace: application.namespace },
        }),
      ]) as unknown,
    });
    expect(byName.get('fastcounter.overdue')?.descriptor.unit).toBe('s');
    expect(byName.get('fastcounter.acknowledge')?.descriptor.unit).toBe('s');
    // the same as of prom-client
    const ofClient = (await registry.getMetricsAsJSON()).map(({ name }) =>
      name.replace(/_(total|seconds)$/, '').replaceAll('_', '.'),
    );
    expect([...byName.keys()].sort()).toEqual(ofClient.sort());
    end();
    await provider.shutdown();
  });

  test('has spans of batches that are sent and persisted, with links', async () => {
    const { counters } = application;
    const exporter = new InMemorySpanExporter();
    const spans = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const meters = new MeterProvider();
    const tracer: Tracer = spans.getTracer('fastcounter');
    const end = registerFastCounterTelemetry(meters.getMeter('fastcounter'), counters, { tracer });
    const parent = tracer.startSpan('request');
    await context.with(trace.setSpan(context.active(), parent), () => counters.incr('traced'));
    await counters.flush(['traced']);
    await expect.poll(() => exporter.getFinishedSpans().length).toBeGreaterThanOrEqual(2);
    const [sent] = exporter.getFinishedSpans().filter(({ name }) => name === 'fastcounter send');
    const persisted = exporter
      .getFinishedSpans()
      .filter(({ name }) => name === 'fastcounter persist');
    expect(sent?.parentSpanContext).toBeUndefined();
    expect(sent?.attributes).toMatchObject({
      'fastcounter.entries': 1,
      'fastcounter.acknowledged': 1,
    });
    const links = persisted.flatMap((span) => span.links.map((link) => link.context.spanId));
    expect(links).toContain(sent?.spanContext().spanId);
    const finished = exporter.getFinishedSpans().length;
    end();
    await counters.incr('traced');
    await counters.flush();
    expect(exporter.getFinishedSpans()).toHaveLength(finished);
  });
});

test('where nobody measures, no call is measured', () => {
  const { batches } = application.events;
  expect(batches.areThere).toBe(true);
  unregister();
  expect(batches.areThere).toBe(false);
});
