import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSION } from '../../lib/version.js';

test('the version that a process tells others is that of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});
