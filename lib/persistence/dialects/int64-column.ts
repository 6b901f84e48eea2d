/** Signed 64 bits as `bigint`: drivers answer them as text. */
export const int64 = {
  to: (value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value),
  from: (value: unknown): unknown => (typeof value === 'string' ? BigInt(value) : value),
};
