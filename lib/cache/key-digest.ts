import { hash } from 'node:crypto';

/** 22 characters of six bits each. */
const LENGTH = 22;

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
