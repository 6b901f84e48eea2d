import { hash } from 'node:crypto';

/** 22 characters of six bits each. */
const LENGTH = 22;

/**
 * What is kept of an idempotency key: 132 bits of the SHA-256 of counter and key, whatever their length. Among a
 * thousand million keys the odds that two of them share a digest are below one in 10^21.
 */
export function keyDigest(counter: string, idempotencyKey: string): string {
  // no counter name holds a zero byte
  return hash('sha256', `${counter}\0${idempotencyKey}`, 'base64url').slice(0, LENGTH);
}
