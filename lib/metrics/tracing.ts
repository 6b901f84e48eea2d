import type { SpanContext, SpanKind, SpanStatusCode, Tracer } from '@opentelemetry/api';
import type { SentBatch } from '../batch-watchers.js';
import type { CounterEvents } from '../events.js';
import { reasonOf } from '../words/quote.js';
import type { PersistedBatch } from './tallies.js';

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- numbers of the API, of which nothing is loaded */
const PRODUCER = 3 as SpanKind.PRODUCER;
const CONSUMER = 4 as SpanKind.CONSUMER;
const ERROR = 2 as SpanStatusCode.ERROR;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

/** Most calls of a partition that a batch links to. */
const LINKS = 32;

interface SentSpan {
  context: SpanContext;
  /** In `performance.now()` milliseconds. */
  ended: number;
}

const timeOf = (milliseconds: number): number => performance.timeOrigin + milliseconds;

/** A span for each call to Redis, and one for each batch that this process persists; answers what ends that. */
export function traceBatches(
  tracer: Tracer,
  events: CounterEvents & { readonly namespace: string },
): () => void {
  /** By partition: calls that no batch linked to. */
  const sent = new Map<number, SentSpan[]>();
  const { namespace } = events;

  const onSent = ({ partition, entries, acknowledged, began, ended, error }: SentBatch): void => {
    const attributes = {
      'fastcounter.namespace': namespace,
      'fastcounter.partition': partition,
      'fastcounter.entries': entries,
      'fastcounter.acknowledged': acknowledged,
    };
    const span = tracer.startSpan('fastcounter send', {
      ...{ root: true, kind: PRODUCER, attributes, startTime: timeOf(began) },
    });
    if (error !== undefined) span.setStatus({ code: ERROR, message: reasonOf(error) });
    span.end(timeOf(ended));
    if (error !== undefined) return;
    const spans = sent.get(partition) ?? [];
    sent.set(partition, [...spans, { context: span.spanContext(), ended }].slice(-LINKS));
  };

  const onPersisted = ({ partition, seq, counters, milliseconds }: PersistedBatch): void => {
    const ended = performance.now();
    const claimed = ended - milliseconds;
    const spans = sent.get(partition) ?? [];
    sent.set(
      partition,
      spans.filter((span) => span.ended > claimed),
    );
    const links = spans.filter((span) => span.ended <= claimed).map(({ context }) => ({ context }));
    const attributes = {
      'fastcounter.namespace': namespace,
      'fastcounter.partition': partition,
      'fastcounter.batch': seq,
      'fastcounter.counters': counters,
    };
    const span = tracer.startSpan('fastcounter persist', {
      ...{ root: true, kind: CONSUMER, attributes, links, startTime: timeOf(claimed) },
    });
    span.end(timeOf(ended));
  };

  const unwatch = events.batches.add(onSent);
  events.on('persisted', onPersisted);
  return () => {
    unwatch();
    events.off('persisted', onPersisted);
  };
}
