import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './run.js';

const LOAD = { pause: 50, times: 100 };

test(
  'random faults lose nothing, count nothing twice, and end no process',
  { timeout: 180_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fastcounter-records-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const seed = randomInt(1, 1_000_000);
    const told: string[] = [];
    const onFault = (text: string): void => void told.push(text);
    const settings = { ...LOAD, seed, milliseconds: 15_000, gap: 500, directory, onFault };
    const { violations, drift, acknowledged, booked, reads } = await run(settings);
    expect(violations, `seed ${seed}:\n${told.join('\n')}\n`).toEqual([]);
    expect(drift).toBe(0n);
    expect(told.length).toBeGreaterThan(5);
    expect(acknowledged).toBeGreaterThan(1000);
    expect(booked).toBeGreaterThan(100n);
    expect(reads).toBeGreaterThan(10);
  },
);
