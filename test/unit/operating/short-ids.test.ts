import { expect, it } from 'vitest';
import { shortIds } from '../../../lib/operating/short-ids.js';

it('names parcels by partition, and by as much of their id as tells them apart', () => {
  const ids = ['0/7fb49b3a-7089:1:0', '0/7fb4ab3a-7089:1:0', '1/7fb49b3a-7089:1:0', '2/overflowed'];
  expect([...shortIds(ids).values()]).toEqual(['p0-7fb49', 'p0-7fb4a', 'p1-7fb4', 'p2-overflowed']);
  expect(shortIds(['0/ab'])).toEqual(new Map([['0/ab', 'p0-ab']]));
  expect(shortIds(['0/abcd', '0/abcde'])).toEqual(
    new Map([
      ['0/abcd', 'p0-abcd'],
      ['0/abcde', 'p0-abcde'],
    ]),
  );
});
