/**
 * What the server said, of an error of ioredis. A transaction that Redis gives up ("EXECABORT") has the refusals of its
 * commands with it, and the error of a cluster has that of a node. The command that failed is removed: of AUTH, that is
 * the password.
 */
export function serverError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  if ('command' in error) delete error.command;
  const before = 'previousErrors' in error ? error.previousErrors : undefined;
  const refusals = Array.isArray(before) ? (before as unknown[]) : [];
  const [first] = refusals.map(serverError);
  const ofNode = 'lastNodeError' in error ? serverError(error.lastNodeError) : undefined;
  return ofNode ?? first ?? error;
}
