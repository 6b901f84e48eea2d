import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { freePort } from '../../../sample-app/src/database/embedded-postgres.js';
import { reasonOf } from '../../../lib/words/quote.js';

test('the reason of a server that has two addresses, none of which answers, names both attempts', async () => {
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  const port = await freePort();
  const socket = connect({
    ...{ host: 'localhost', port, autoSelectFamily: true },
    lookup: (_name, _options, found) => found(null, addresses),
  });
  const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [Error];
  expect(error).toBeInstanceOf(AggregateError);
  expect(error.message).toBe('');
  expect(reasonOf(error)).toBe(
    `connect ECONNREFUSED 127.0.0.1:${port}, connect ECONNREFUSED 127.0.0.2:${port}`,
  );
});

test('an error without a message is told by its code, or else by its name', () => {
  expect(reasonOf(Object.assign(new Error(''), { code: 'ETIMEDOUT' }))).toBe('ETIMEDOUT');
  expect(reasonOf(new TypeError(''))).toBe('TypeError');
  expect(reasonOf(new AggregateError([]))).toBe('AggregateError');
});
