import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { readDocument, root } from './markdown.js';

const operations = 'docs/operations.md';
const commandLine = 'docs/command-line.md';

/** Times and numbers that a test does not wait for: what a document says, and where the code has it. */
const FIGURES: readonly [document: string, words: string, file: string, code: string][] = [
  [operations, 'dies keeps it for five seconds', 'cache-timings.ts', 'lease: 5000,'],
  [operations, 'every third `sweepInterval` while', 'sweeper.ts', 'const IDLE = 3;'],
  // five of its intervals and half of one
  [operations, 'takes its place within six', 'sweeper.ts', 'const LEAD = 5;'],
  [operations, 'within ten seconds more', 'process-beat.ts', 'const INTERVAL = 10_000;'],
  [operations, 'in Redis every ten seconds', 'process-beat.ts', 'const INTERVAL = 10_000;'],
  [operations, 'looks every ten seconds', 'worker-watch.ts', 'const INTERVAL = 10_000;'],
  [operations, '30 s at least', 'worker-watch.ts', 'const PATIENCE = 30_000;'],
  [
    operations,
    'that does not answer within five seconds',
    'client-watch.ts',
    'const SILENCE = 5000;',
  ],
  [operations, 'was silent for five seconds', 'silence.ts', 'const PATIENCE = 5000;'],
  [operations, 'every 20 seconds over', 'client-watch.ts', 'const LOOK = 20_000;'],
  // five looks
  [operations, 'queues every 100 seconds', 'client-watch.ts', 'const ROUND = 5;'],
  // with the look that comes next, and the silence
  [operations, 'two and a half minutes', 'bull-module.ts', 'drainDelay: 120,'],
  [operations, 'the last 100 failed ones', 'bull-module.ts', 'removeOnFail: 100'],
  [operations, 'half of `databaseTimeout`', 'database-calls.ts', 'this.timeout / 2'],
  [operations, 'one of two further connections', 'pool.ts', 'const SPARE = 2;'],
  [operations, 'closed after a second', 'pool.ts', 'const SPARE_IDLE = 1000;'],
  [operations, 'up to 500 counters', 'persister.ts', 'const BATCH_SIZE = 500;'],
  [operations, 'for a week', 'cache-timings.ts', 'clientTtl: 7 * 86_400_000,'],
  [operations, 'alone, for an hour', 'cache-timings.ts', 'retiredTtl: 3_600_000,'],
  [operations, 'for ten minutes after', 'processes.ts', 'REMEMBERED = 600_000;'],
  [operations, 'for one to two hours', 'cache-timings.ts', 'baseTtl: 3_600_000,'],
  [
    operations,
    'marks them every thirty seconds',
    'embedded-presence.ts',
    'const INTERVAL = 30_000;',
  ],
  [operations, 'late by more than three update intervals', 'patience.ts', '3 * updateInterval'],
  [operations, 'update intervals, and by at least 30 s', 'patience.ts', '= 30_000;'],
  [
    'docs/on-call.md',
    'for longer than three update intervals',
    'patience.ts',
    '3 * updateInterval',
  ],
  ['docs/on-call.md', 'for at least 30 seconds', 'patience.ts', '= 30_000;'],
  ['docs/monitoring.md', 'late by more than three update intervals', 'patience.ts', '3 * update'],
  ['docs/monitoring.md', 'and by at least 30 s', 'patience.ts', '= 30_000;'],
  // one to say, and one to look
  [operations, 'by each of them within a minute', 'window-rules.ts', 'const INTERVAL = 30_000;'],
  [operations, 'in the last 75 seconds', 'window-rules.ts', 'const REMEMBERED = 75_000;'],
  [operations, 'looks at: within a minute after', 'late-check.ts', 'const FOUND = 60_000;'],
  // half as long again at most
  [operations, 'within two minutes after it is granted', 'bucket-expiry.ts', 'REFUSED = 60_000;'],
  [operations, 'within two minutes after it is granted', 'late-windows.ts', 'REFUSED = 60_000;'],
  [
    operations,
    'within two minutes after the last',
    'window-rules.ts',
    'const REMEMBERED = 75_000;',
  ],
  // a minute in the ledger, and the next look
  [operations, 'the last embedded process ended', 'redis-presence.ts', 'const INTERVAL = 20_000;'],
  [operations, 'the last embedded process ended', 'own-ledger.ts', "interval '1 minute'"],
  [operations, 'ten minutes after the other one', 'which-server.ts', 'const QUIET = 600_000;'],
  [commandLine, 'A loss stays for an hour after', 'past-incidents.ts', 'const HOUR = 3_600_000;'],
  [commandLine, 'the loss stays for up to ten minutes', 'processes.ts', 'REMEMBERED = 600_000;'],
  [commandLine, 'take up to 1,000 ids', 'change-rows.ts', 'MOST_NAMED = 1000;'],
  ['docs/dashboard.md', 'lists up to 100,000', 'parcels.ts', 'MOST = 100_000;'],
  ['docs/dashboard.md', 'at most 200,000', 'parked.ts', 'MOST_EXPORTED = 200_000;'],
  ['docs/counting.md', '**`names`**: at most 10,000', 'arguments.ts', 'MOST_WATCHED = 10_000;'],
  ['README.md', '`maxStalledCount` 100,', 'bull-module.ts', 'maxStalledCount: 100,'],
  ['README.md', '`stalledInterval` 120 000 ms', 'stalled-jobs.ts', 'STALLED_INTERVAL = 120_000;'],
  ['README.md', '`drainDelay` 120 s', 'bull-module.ts', 'drainDelay: 120,'],
  ['README.md', '`guardInterval` 600 000 ms', 'bull-module.ts', 'guardInterval: 600_000,'],
];

/** By their name: files move. */
function sourcesOf(file: string): string[] {
  const library = join(root, 'lib');
  const paths = readdirSync(library, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => basename(path) === file)
    .map((path) => readFileSync(join(library, path), 'utf8'));
}

test.each(FIGURES)('%s: %s', (document, words, file, code) => {
  expect(readDocument(document)).toContain(words);
  expect(sourcesOf(file).join()).toContain(code);
});
