import type { CounterIncrement } from '../../lib/index.js';
import type { Host } from './host.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>'"&{{name}}`;

const ARTICLES = [
  'a-short-history-of-counting',
  'exactly-once',
  'hello-world',
  'queues',
  'windows',
];
const TENANTS = ['acme', 'blue-harbour', 'cosmos', 'delta-works', 'easy-post', 'fox & sons'];

/** How busy a moment is, as days and weeks go. */
function busy(at: number, most: number): number {
  const date = new Date(at);
  const hour = Math.sin(((date.getUTCHours() - 5) / 24) * 2 * Math.PI) + 1.1;
  const week = [0.45, 1, 1.1, 1.2, 1, 0.9, 0.5][date.getUTCDay()] ?? 1;
  return Math.max(1, Math.round(most * hour * week));
}

/** Counts as of an application that has run for a month. */
export async function seed({ counters, metering }: Host): Promise<void> {
  const increments: CounterIncrement[] = [];
  const now = Date.now();
  for (const [place, article] of ARTICLES.entries()) {
    const name = `views:${article}`;
    for (let at = now - 2 * DAY; at < now; at += HOUR) {
      increments.push({ name, delta: busy(at, 260 / (place + 1)), at });
    }
    for (let at = now - 30 * DAY; at < now - 2 * DAY; at += DAY) {
      increments.push({ name, delta: busy(at - (at % DAY) + DAY / 2, 5_000 / (place + 1)), at });
    }
    increments.push({ name: `likes:${article}`, delta: 40 * (5 - place) });
  }
  increments.push(
    { name: HOSTILE, delta: 3 },
    { name: 'bytes:sent', delta: 9_007_199_254_740_993n },
  );
  await counters.incrMany(increments);
  for (const [place, tenant] of TENANTS.entries()) {
    for (const plan of place % 2 === 0 ? ['pro'] : ['free', 'pro']) {
      const delta = Math.round(1_900 / (place + 1.9)) * (plan === 'pro' ? 1 : 2);
      await metering.record('api.calls', delta, { dimensions: { tenant, plan } });
    }
  }
  await counters.flush();
}
