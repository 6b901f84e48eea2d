/** As JSON. A count beyond ±(2^53 − 1) is a text there: not every reader takes it as a number. */
export const asJson = (data: unknown, indent?: number): string =>
  JSON.stringify(
    data,
    (_, value: unknown) => (typeof value === 'bigint' ? count(value) : value),
    indent,
  );

const count = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
