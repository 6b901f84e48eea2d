import {
  type ChangedEntry,
  entryOf,
  type Parcel,
  type ParcelPage,
  type Replay,
} from '../../parcels.js';
import { parseOptionalNumber, parseWake } from './replies.js';

export function parseParcels(reply: unknown): Parcel[] {
  return (reply as [string, string, number, string?][]).map(([id, at, counters, error]) => ({
    id,
    at: parseOptionalNumber(at),
    counters,
    error,
  }));
}

export function parseParcelPage(reply: unknown): ParcelPage {
  const [cursor, flat] = reply as [string, string[]];
  const entries: ParcelPage['entries'] = [];
  for (let i = 0; i < flat.length; i += 2) {
    entries.push(entryOf(flat[i] ?? '', flat[i + 1] ?? '0'));
  }
  return { entries, cursor: cursor === '0' ? undefined : cursor };
}

export function parseReplay(reply: unknown): Replay {
  const [status, replayed = 0, refused = [], changed = [], wake = ''] = reply as [
    string,
    number?,
    [string, 'cold' | 'overflow'][]?,
    unknown?,
    unknown?,
  ];
  // a partition that was wiped has no parcels either
  if (status === 'unseeded') return { replayed: 0, refused: [], changed: [] };
  return {
    replayed,
    wake: parseWake(wake),
    refused: refused.map(([field, reason]) => ({ field, reason })),
    changed: parseChanged(changed),
  };
}

export function parseChanged(reply: unknown): ChangedEntry[] {
  return (reply as [string, string][]).map(([field, delta]) => ({
    field,
    delta: delta === '' ? undefined : delta,
  }));
}
