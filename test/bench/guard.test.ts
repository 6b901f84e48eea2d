import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOT as FORGOTTEN, HOT_MAP as MAP } from '../../bench/questions/forget.js';
import { GAE, OURS } from '../../bench/questions/peers.js';
import type { Result, TargetResult } from '../../bench/report/result.js';
import { root } from '../docs/markdown.js';

const execute = promisify(execFile);

/** Other tests run at the same time: what is slow once may have been disturbed. */
const ATTEMPTS = 3;

/** Ratios that matter, and that are far from half of their target. */
const GUARDED = [
  ['incr', '… against the port of gae-fastcounters'],
  ['forget', 'fire-and-forget, hot, against a bare Map update of the same loop'],
] as const;
const CONTESTANTS = [OURS, GAE, FORGOTTEN, MAP].flatMap((label) => ['--only', label]);

let directory: string;
/** The best of the attempts so far, by text. */
const best = new Map<string, TargetResult>();

const isLost = ({ median, atLeast = NaN }: TargetResult): boolean => !(median >= atLeast / 2);

async function measure(attempt: number): Promise<void> {
  const output = join(directory, `${attempt}.json`);
  await execute(
    process.execPath,
    [
      ...['scripts/bench.mjs', ...new Set(GUARDED.map(([question]) => question))],
      ...['--built', '--quick', '--rounds', '1', '--output', output, ...CONTESTANTS],
    ],
    { cwd: root },
  );
  const { questions } = JSON.parse(await readFile(output, 'utf8')) as Result;
  for (const [question, text] of GUARDED) {
    const target = questions[question]?.targets.find((one) => one.text === text);
    if (target === undefined) throw new Error(`There is no target "${text}" in ${question}`);
    const before = best.get(text);
    if (before === undefined || target.median > before.median) best.set(text, target);
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fastcounter-guard-'));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await measure(attempt);
    if (![...best.values()].some(isLost)) break;
  }
}, 240_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a short measurement', () => {
  it.each(GUARDED)('of %s is above half of the target: %s', (_question, text) => {
    const { median = NaN, atLeast = NaN } = best.get(text) ?? {};
    expect(median).toBeGreaterThan(atLeast / 2);
  });
});
