import { hash } from 'node:crypto';

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

/** The same of counter and key as version 0.1 kept them. */
export const digestOfField = (field: string): string =>
  hash('sha256', field, 'base64url').slice(0, LENGTH);

/**
 * What is kept of a key that counts once: 80 bits of the SHA-256 of counter and key. Among a thousand million keys of a partition
 * the odds that two of them share a digest are below one in a million.
 */
export const onceDigest = (counter: string, key: string): string =>
  hash('sha256', `${counter}\0${key}`, 'hex').slice(0, HEX_DIGITS);
