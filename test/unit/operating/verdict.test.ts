import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../lib/operating/verdict.js';

describe('the word for how counting goes', () => {
  it('is OK where there is no problem', () => {
    expect(verdictOf([])).toBe('OK');
  });

  it('is DEGRADED while counts get through, however bad the past was', () => {
    expect(verdictOf([{ code: 'FC-PARKED' }, { code: 'FC-QUEUES-FAIL' }])).toBe('DEGRADED');
  });

  it.each(['FC-REDIS-AWAY', 'FC-OVERDUE', 'FC-BACKPRESSURE'] as const)(
    'is DOWN with %s, whatever else there is',
    (code) => {
      expect(verdictOf([{ code: 'FC-PARKED' }, { code }])).toBe('DOWN');
    },
  );
});
