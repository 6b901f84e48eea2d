import KeyvValkey from '@keyv/valkey';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';

/** A cache of a user, whose client is iovalkey. */
export function valkeyCache(url) {
  const keyv = new Keyv({ store: new KeyvValkey(url) });
  keyv.on('error', () => undefined);
  return createCache({ stores: [keyv] });
}
