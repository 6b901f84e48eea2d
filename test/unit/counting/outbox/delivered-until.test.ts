import { expect, test } from 'vitest';
import { deliveredUntil } from '../../../../lib/counting/buffer/waiting-increments.js';

test('is not beyond the first increment of a transaction that is open', () => {
  const now = Date.now();
  expect(deliveredUntil({ lanes: [] }, { expectedSince: now - 5000 })).toBe(now - 5000);
  expect(deliveredUntil({ lanes: [] }, { expectedSince: Infinity })).toBeGreaterThanOrEqual(now);
});
