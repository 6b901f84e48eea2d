/**
 * Signed 64 bits as `bigint`: drivers answer them as text. A parser or a setting of the application, such as TypeORM's
 * `parseInt8` or `bigNumberStrings`, may have made a number of it: one that may be rounded is refused.
 */
export const int64 = {
  to: (value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value),
  from: (value: unknown): unknown => {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(
        `A count of about ${value} was rounded by the parser that this application has, as by parseInt8 or bigNumberStrings: false, or by a ` +
          'driver of SQLite: read it by CounterService with { bigint: true }, or without that setting',
      );
    }
    return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : value;
  },
};
