import { QueryFailedError } from 'typeorm';

/** What Node says of a server that does not take a connection, or lost one. */
const OF_NETWORK = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
]);
/** What PostgreSQL says: connection exceptions, too many connections, and that it stops or starts. */
const OF_SERVER = /^(08|53|57P)/;
/** What the driver says without a code. */
const OF_DRIVER =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout ex)/;

/** Whether the application's own statement failed because PostgreSQL is not there. */
export function isDatabaseAway(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error)) return false;
  const { code } = cause as { code?: unknown };
  if (typeof code === 'string') return OF_NETWORK.has(code) || OF_SERVER.test(code);
  return OF_DRIVER.test(cause.message);
}
