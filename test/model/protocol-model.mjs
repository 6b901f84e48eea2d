#!/usr/bin/env node
// Explicit-state search of the persist protocol (ARCHITECTURE.md): every interleaving of a small instance. Every
// operation is tracked by itself, so that a double or a loss names it.
//
//   npm run model       every configuration must be green, every mutation red (about half a minute)
//   OPS=aa0b WORKERS=2 CRASHES=1 READERS=1 WIPES=0 REWINDS=0 MUTATION= node test/model/protocol-model.mjs one
//
// settings.mjs has what can be configured, state.mjs what a state holds.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { search } from './search.mjs';

const ROWS = [
  [{}, 'green'],
  [{ READERS: 1 }, 'green'],
  [{ WIPES: 1 }, 'green'],
  [{ REWINDS: 1 }, 'green'],
  [{ REWINDS: 1, DURABLE: 1 }, 'green'],
  [{ REWINDS: 1, READERS: 1, OPS: 'aa', CRASHES: 0 }, 'green'],
  [{ WIPES: 1, READERS: 1, OPS: 'aa', CRASHES: 0 }, 'green'],
  [{ MUTATION: 'no-producer-dedupe' }, 'red'],
  [{ MUTATION: 'no-ledger' }, 'red'],
  // who holds a batch is alone with it, mostly: nothing may rest on that
  [{ MUTATION: 'lease-decides' }, 'red'],
  [{ MUTATION: 'ack-any-batch' }, 'red'],
  [{ MUTATION: 'seed-from-zero', WIPES: 1 }, 'red'],
  [{ MUTATION: 'retry-into-new-generation', WIPES: 1 }, 'red'],
  [{ MUTATION: 'park-the-batch-only', REWINDS: 1 }, 'red'],
  [{ MUTATION: 'park-in-same-generation', REWINDS: 1 }, 'red'],
  [{ MUTATION: 'read-without-retry', READERS: 1 }, 'red'],
  [{ MUTATION: 'fill-without-check', READERS: 1 }, 'red'],
  [{ MUTATION: 'park-by-fence-alone', READERS: 1 }, 'red'],

  // several that seed
  [{ OPS: 'ab', WIPES: 1, SEEDINGS: 4, CRASHES: 0 }, 'green'],
  [{ OPS: 'ab', REWINDS: 1, SEEDINGS: 3, CRASHES: 0 }, 'green'],
  [{ MUTATION: 'activate-what-failed', OPS: 'ab', WIPES: 1, SEEDINGS: 4 }, 'red'],
  [{ MUTATION: 'activate-any-reservation', OPS: 'ab', WIPES: 1, SEEDINGS: 4 }, 'red'],

  // exact writes, and the row that a delete removes
  [{ OPS: 'aa=a', READERS: 1, CRASHES: 0 }, 'green'],
  [{ OPS: 'aa0a', READERS: 1, CRASHES: 0 }, 'green'],
  [{ OPS: 'aa-a', READERS: 1, CRASHES: 0 }, 'green'],
  [{ OPS: 'aa=', READERS: 1, WIPES: 1, WORKERS: 1 }, 'green'],
  [{ OPS: 'aa-', READERS: 1, REWINDS: 1, WORKERS: 1, CRASHES: 0 }, 'green'],
  [{ MUTATION: 'set-ignores-the-batch', OPS: 'aa=a', READERS: 1 }, 'red'],
  [{ MUTATION: 'set-ignores-the-batch', OPS: 'aa0a', READERS: 1 }, 'red'],
  [{ MUTATION: 'delete-without-mark', OPS: 'aa-a', READERS: 1 }, 'red'],
  [{ MUTATION: 'row-removed-whatever-came', OPS: 'aa-a', READERS: 1 }, 'red'],
  // an answer that was stored for a second try
  [{ OPS: 'a+', READERS: 1, REWINDS: 1, WORKERS: 1 }, 'green'],
  [
    { MUTATION: 'any-stored-answer-is-certain', OPS: 'a+', READERS: 1, REWINDS: 1, WORKERS: 1 },
    'red',
  ],
  // idempotency keys
  [{ OPS: 'a#a#a', REWINDS: 1, CRASHES: 0 }, 'green'],
  [{ MUTATION: 'no-idempotency-keys', OPS: 'a#a#a' }, 'red'],
  // another number of queues, as QueueCountMismatchError tells
  [{ OPS: 'abb', QUEUES: 2, CHANGES: 1 }, 'green'],
  [{ OPS: 'abb', QUEUES: 1, CHANGES: 1 }, 'green'],
  [{ OPS: 'abb', QUEUES: 2, CHANGES: 1, STRAGGLER: 1 }, 'green'],
  [{ MUTATION: 'change-without-flush', OPS: 'abb', QUEUES: 2, CHANGES: 1 }, 'red'],
  [{ MUTATION: 'no-queue-check', OPS: 'abb', QUEUES: 2, CHANGES: 1, STRAGGLER: 1 }, 'red'],
];

function one(settings) {
  const options = ['--max-old-space-size=8192', process.argv[1], 'one'];
  const child = spawn(process.execPath, options, { env: { ...process.env, ...settings } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((resolve) => child.on('close', () => resolve(output.trim())));
}

async function all() {
  const left = [...ROWS];
  let wrong = 0;
  const next = async () => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) {
      const [settings, expected] = row;
      const output = await one(settings);
      const isRight = output.startsWith(expected);
      if (!isRight) wrong++;
      const verdict = isRight ? 'as expected' : 'NOT AS EXPECTED';
      console.log(`${verdict}  ${JSON.stringify(settings)}  ${output}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  return wrong;
}

if (process.argv[2] === 'one') console.log(search());
else process.exitCode = (await all()) === 0 ? 0 : 1;
