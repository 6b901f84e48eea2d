import type { ParkedParcel } from '../parked-counts.js';
import { shortIds } from '../short-ids.js';

/** Milliseconds between parcels of one incident: partitions notice it one after the other. */
const INCIDENT = 60_000;

/** Parcels that were put aside by the same cause. */
export interface ParkedIncident {
  reason: ParkedParcel['reason'];
  parkedAt?: Date | undefined;
  /** The last error of the database. */
  error?: string | undefined;
  entries: number;
  parcels: { id: string; short: string; partition: number; entries: number }[];
}

/** In the order of their parcels. */
export function incidentsOf(parcels: readonly ParkedParcel[]): ParkedIncident[] {
  const names = shortIds(parcels.map(({ id }) => id));
  const incidents: ParkedIncident[] = [];
  for (const parcel of parcels) {
    const found = incidents.findLast((it) => isOf(it, parcel));
    const { reason, parkedAt, error, id, partition, counters: entries } = parcel;
    const summary = { id, short: names.get(id) ?? id, partition, entries };
    if (found === undefined) {
      incidents.push({ reason, parkedAt, error, entries, parcels: [summary] });
      continue;
    }
    found.parcels.push(summary);
    found.entries += entries;
    found.error ??= error;
  }
  return incidents;
}

function isOf(incident: ParkedIncident, { reason, parkedAt }: ParkedParcel): boolean {
  if (incident.reason !== reason) return false;
  if (incident.parkedAt === undefined || parkedAt === undefined) return true;
  return parkedAt.getTime() - incident.parkedAt.getTime() < INCIDENT;
}
