import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OpenSubject } from '../subject.js';

const execute = promisify(execFile);
const PIPELINE = 64;
const CLIENTS = 16;
/** Of a slow machine, to know how much is enough. */
const PER_SECOND = 500_000;

/** The ceiling: what Redis itself can do, commands written by a C program that reads no answer. */
export const redisBenchmark: OpenSubject = ({ redis, namespace }) =>
  Promise.resolve({
    async run({ counters, duration }, clock) {
      const { port } = new URL(redis.url);
      const requests = Math.ceil((PER_SECOND * duration) / 1000);
      const name = counters === 1 ? 'counter' : '__rand_int__';
      clock.begin();
      const { stdout } = await execute('redis-benchmark', [
        ...['-p', port, '-c', String(CLIENTS), '-P', String(PIPELINE), '-n', String(requests)],
        ...['-r', String(counters), '--csv', 'INCRBY', `${namespace}:${name}`, '1'],
      ]);
      const seconds = clock.end();
      // "test","rps","avg_latency_ms",… and then one line with the values
      const rate = Number(stdout.trim().split('\n').at(-1)?.split(',')[1]?.replaceAll('"', ''));
      return { operations: rate * seconds, seconds };
    },
    close: () => Promise.resolve(),
  });
