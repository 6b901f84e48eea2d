import { expect, test } from 'vitest';
import { expectRule, RULE_NAMES } from './left-out-rules.js';

// what leaves them out is a long test: this tells at once where a rule was rewritten
test.each(RULE_NAMES)('the built package has the rule that a test leaves out: %s', async (name) => {
  await expect(expectRule(name)).resolves.toBeUndefined();
});
