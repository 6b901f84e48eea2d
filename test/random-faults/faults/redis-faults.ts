import { setTimeout as sleep } from 'node:timers/promises';
import { keyOf } from '../drain.js';
import { PARTITIONS, type Stage } from '../stage.js';
import { type FaultKind, REDIS } from './fault.js';

const rounded = (milliseconds: number): string => `${Math.round(milliseconds)} ms`;

const bullKeys = async ({ command, namespace }: Stage, partition: number): Promise<string[]> =>
  (await command('KEYS', keyOf(namespace, partition, 'bull*'))) as string[];

export const REDIS_FAULTS = {
  'Redis is killed': ({ stage: { redis }, random }) => {
    const away = random.between(0, 2000);
    return {
      detail: `for ${rounded(away)}`,
      uses: [REDIS],
      happen: async () => {
        await redis.kill();
        await sleep(away);
        await redis.restart();
      },
    };
  },
  'Redis stands still': ({ stage: { redis }, random }) => {
    const milliseconds = random.between(200, 3500);
    return {
      detail: `for ${rounded(milliseconds)}`,
      uses: [REDIS],
      happen: async () => {
        redis.pause();
        await sleep(milliseconds);
        redis.resume();
      },
    };
  },
  'Redis holds back commands': ({ stage: { command }, random }) => {
    const milliseconds = Math.round(random.between(200, 2500));
    const mode = random.pick(['ALL', 'WRITE']);
    return {
      detail: `CLIENT PAUSE ${milliseconds} ${mode}`,
      uses: [REDIS],
      happen: async () => {
        await command('CLIENT', 'PAUSE', String(milliseconds), mode);
        await sleep(milliseconds);
      },
    };
  },
  'Redis is busy': ({ stage: { command }, random }) => {
    const seconds = random.between(0.2, 2.5).toFixed(2);
    return {
      detail: `DEBUG SLEEP ${seconds}`,
      uses: [REDIS],
      happen: () => command('DEBUG', 'SLEEP', seconds),
    };
  },
  'Redis forgets its scripts': ({ stage: { command } }) => ({
    detail: '',
    uses: [REDIS],
    happen: () => command('SCRIPT', 'FLUSH', 'SYNC'),
  }),
  'Redis drops every connection': ({ stage: { command } }) => ({
    detail: '',
    uses: [REDIS],
    happen: () => command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
  }),
  'Redis is full': ({ stage: { command }, random }) => {
    const milliseconds = random.between(200, 3000);
    return {
      detail: `for ${rounded(milliseconds)}`,
      uses: [REDIS],
      happen: async () => {
        await command('CONFIG', 'SET', 'maxmemory', '1');
        await sleep(milliseconds);
        await command('CONFIG', 'SET', 'maxmemory', '0');
      },
    };
  },
  "Bull's keys are deleted": ({ stage, random }) => {
    const partitions = random.chance(0.5)
      ? Array.from({ length: PARTITIONS }, (_, partition) => partition)
      : [random.whole(0, PARTITIONS - 1)];
    // of the keys of a queue all, or every second one
    const step = random.whole(1, 2);
    return {
      detail: `${step === 2 ? 'half' : 'all'} of queue ${partitions.join()}`,
      uses: [REDIS],
      happen: async () => {
        for (const partition of partitions) {
          const keys = await bullKeys(stage, partition);
          const chosen = keys.sort().filter((_, index) => index % step === 0);
          if (chosen.length > 0) await stage.command('UNLINK', ...chosen);
        }
      },
    };
  },
} satisfies Record<string, FaultKind>;
