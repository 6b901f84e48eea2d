import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { isUnprepared } from '../errors.js';

/** The process that the server named as the connection was made; a client of pg-native has none. */
interface Client {
  readonly processID?: number | null;
}

/** A row of a statement that may be prepared: the process that ran it. */
interface Row {
  backend?: string;
}

/** Clients that have a process of the server for themselves. */
const direct = new WeakSet<object>();
/** Data sources where a prepared statement was not found, or was there already. */
const refused = new WeakSet<DataSource>();
const names = new Map<string, string>();

/**
 * The name to prepare a statement by; undefined where it must not be prepared. A pooler between client and server may hand
 * the client to another process for each transaction, which knows no statement of the one before. It tells the client
 * of no process, or of one that it made up: so a statement is prepared where the client was told of the process that runs it.
 */
export function nameOf(text: string, client: object, dataSource: DataSource): string | undefined {
  if (!direct.has(client) || refused.has(dataSource)) return undefined;
  const known = names.get(text);
  if (known !== undefined) return known;
  // made of the text: whoever shares the connection prepares nothing else by this name
  const name = `fastcounter-${createHash('sha1').update(text).digest('hex')}`;
  names.set(text, name);
  return name;
}

/** Compares the process that ran a statement with that of the client. */
export function noteBackend(client: Client, row: Row | undefined): void {
  if (row?.backend === undefined) return;
  if (row.backend === String(client.processID)) direct.add(client);
  else direct.delete(client);
}

/** After an error of a prepared statement: if it failed as such, nothing is prepared any more. */
export function noteRefusal(error: unknown, dataSource: DataSource): void {
  if (isUnprepared(error)) refused.add(dataSource);
}
