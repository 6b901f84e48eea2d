import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result, TargetResult } from '../../bench/report/result.js';
import { root } from '../docs/markdown.js';

const execute = promisify(execFile);

/** Other tests run at the same time: what is slow once may have been disturbed. */
const ATTEMPTS = 6;

/** A question of the bench, its target, and the two contestants that the target compares. */
export type Guarded = readonly [question: string, target: RegExp, one: string, other: string];

/** Above 1 it is lost: half of what has to be reached, or twice what may not be exceeded. */
const lost = ({ median, atLeast = NaN, atMost }: TargetResult): number =>
  atMost === undefined ? atLeast / 2 / median : median / (2 * atMost);

/** Tests that ratios which are far from half of their target, or from twice it, stay so. */
export function guard(guarded: readonly Guarded[]): void {
  let directory: string;
  /** The best of the attempts so far, by question. */
  const best = new Map<string, TargetResult>();

  /** Those that no attempt has shown to be well yet. */
  const open = () =>
    guarded.filter(([question]) => {
      const target = best.get(question);
      return target === undefined || lost(target) >= 1;
    });

  async function measure(attempt: number): Promise<void> {
    const output = join(directory, `${attempt}.json`);
    const asked = open();
    const labels = asked.flatMap(([, , one, other]) => [one, other]);
    const contestants = labels.flatMap((label) => ['--only', label]);
    await execute(
      process.execPath,
      [
        ...['scripts/bench.mjs', ...asked.map(([question]) => question)],
        ...['--built', '--quick', '--rounds', '1', '--output', output, ...contestants],
      ],
      { cwd: root },
    );
    const { questions } = JSON.parse(await readFile(output, 'utf8')) as Result;
    for (const [question, text] of asked) {
      const target = questions[question]?.targets.find((one) => text.test(one.text));
      if (target === undefined) throw new Error(`There is no target like ${text.source}`);
      const before = best.get(question);
      if (before === undefined || lost(target) < lost(before)) best.set(question, target);
    }
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fastcounter-guard-'));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await measure(attempt);
      if (open().length === 0) break;
    }
  }, 400_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  describe('a short measurement', () => {
    it.each(guarded)('of "%s" is not far from its target: %s', (question) => {
      const target = best.get(question);
      expect(target && lost(target), JSON.stringify(target)).toBeLessThan(1);
    });
  });
}
