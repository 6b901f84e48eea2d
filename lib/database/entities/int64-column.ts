/**
 * Signed 64 bits as `bigint`: PostgreSQL's driver answers them as text. A parser of the application, such as TypeORM's
 * `parseInt8`, may have made a number of it: one that may be rounded is refused.
 */
export const int64 = {
  to: (value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value),
  from: (value: unknown): unknown => {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(
        `A count of about ${value} was rounded by the parser that this application has for int8, as by parseInt8: ` +
          'read it by CounterService with { bigint: true }, or without that parser',
      );
    }
    return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : value;
  },
};
