import { hash } from 'node:crypto';
import type { AskedKey } from './add-request.js';

/** Characters of six bits each. */
const LENGTH = 22;
/** Of 4 bits each. */
const HEX_DIGITS = 20;

/**
 * What is kept of an idempotency key: 132 bits of the SHA-256 of counter and key, whatever their length. Among a
 * thousand million keys the odds that two of them share a digest are below one in 10^21.
 */
export const keyDigest = (counter: string, idempotencyKey: string): string =>
  // no counter name holds a zero byte
  digestOfField(`${counter}\0${idempotencyKey}`);

/** The same of the id of a row of the outbox. The mark in front says that no deletion makes it forgotten: _idempotency.lua. */
export const rowDigest = (counter: string, id: string): string => `!${keyDigest(counter, id)}`;

/** Whether a digest is that of a row. */
export const isRowDigest = (digest: string): boolean => digest.length === LENGTH + 1;

/** The same of counter and key as version 0.1 kept them. */
export const digestOfField = (field: string): string =>
  hash('sha256', field, 'base64url').slice(0, LENGTH);

/**
 * What is kept of a key that counts once: 80 bits of the SHA-256 of counter and key. Among a thousand million keys of a partition
 * the odds that two of them share a digest are below one in a million.
 */
export const onceDigest = (counter: string, key: string): string =>
  hash('sha256', `${counter}\0${key}`, 'hex').slice(0, HEX_DIGITS);

/** Whether an operation has a key: it stands for one increment. */
export const hasKey = ({ idempotencyKey, once, row }: AskedKey): boolean =>
  (idempotencyKey ?? once ?? row) !== undefined;

/** What is kept of a key; undefined where there is none. */
export function digestOf(
  counter: string,
  { idempotencyKey, once, row }: AskedKey,
): string | undefined {
  if (once !== undefined) return onceDigest(counter, once.key);
  if (row !== undefined) return rowDigest(counter, row.id);
  return idempotencyKey === undefined ? undefined : keyDigest(counter, idempotencyKey);
}
